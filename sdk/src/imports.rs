//! Where the calls to the host go: through the component's imports, or, in a native test, to
//! the stand-in of [`crate::testkit`].

#[cfg(target_arch = "wasm32")]
pub(crate) use crate::bindings::yallmp::patch::{host, request, store};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use crate::testkit::imports::{host, request, store};

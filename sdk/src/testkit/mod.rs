//! Runs a plugin's hooks natively, without wasm and without a proxy, as the proxy would call
//! them: by the interest that the plugin declares, with what it holds kept for it.
//!
//! ```
//! # use yallmp_sdk::{Error, Exchange, Info, Json, Patch, testkit::Kit};
//! # struct MyPlugin;
//! # impl Patch for MyPlugin {
//! #     const INFO: Info = Info { name: "my", version: "0.1.0", summary: "", config_schema: "true" };
//! #     fn begin(_: &Json<'_>, _: Exchange) -> Result<Self, Error> { Ok(MyPlugin) }
//! # }
//! let kit = Kit::<MyPlugin>::new().config(r#"{"mode":"x"}"#).request(r#"{"model":"m"}"#);
//! let out = kit.stream(&[r#"{"choices":[]}"#])?;
//! assert_eq!(out, [r#"{"choices":[]}"#]);
//! # Ok::<(), Error>(())
//! ```

mod case;
mod cut;
mod edit;
mod fixture;
pub(crate) mod imports;
mod kit;

#[cfg(test)]
mod tests;

pub use case::Case;
pub use cut::{chunks, collect, cuts, single_chars};
pub use fixture::Fixture;
pub use imports::{logged, noted, pass, stored};
pub use kit::Kit;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::marker::PhantomData;

use crate::bindings::exports::yallmp::patch::plugin::{Guest, Info as WitInfo};
use crate::bindings::yallmp::patch::types::{
    Deployment, EndReason, Event, Exchange, Item, Outcome, RequestOutcome, Wants,
};
use crate::drive::{self, Driver};
use crate::{Error, Patch};

/// Where the component keeps its one instance of the plugin.
pub struct Slot<P>(RefCell<Option<Driver<P>>>);

impl<P> Slot<P> {
    #[must_use]
    #[allow(clippy::new_without_default, reason = "made by `export!` alone")]
    pub const fn new() -> Self {
        Slot(RefCell::new(None))
    }
}

// SAFETY: the interface has no threads; the host never makes two calls at once.
#[expect(unsafe_code, reason = "a static must be Sync")]
unsafe impl<P> Sync for Slot<P> {}

/// A plugin with its slot.
pub trait Hosted: Patch {
    fn slot() -> &'static Slot<Self>;
}

/// The exports of the component, for a plugin.
pub struct Component<P>(PhantomData<P>);

fn with<P: Hosted, T>(call: impl FnOnce(&mut Driver<P>) -> Result<T, Error>) -> Result<T, Error> {
    match &mut *P::slot().0.borrow_mut() {
        Some(driver) => call(driver),
        None => Err(Error::new(
            "not-begun",
            "the host did not call `begin` first",
        )),
    }
}

impl<P: Hosted> Guest for Component<P> {
    fn describe() -> WitInfo {
        WitInfo {
            name: P::INFO.name.to_string(),
            version: P::INFO.version.to_string(),
            summary: P::INFO.summary.to_string(),
            config_schema: P::INFO.config_schema.to_string(),
        }
    }

    fn plan(config: String, deployment: Deployment) -> Result<Wants, Error> {
        drive::plan::<P>(&config, &deployment)
    }

    fn begin(config: String, exchange: Exchange) -> Result<(), Error> {
        let driver = Driver::begin(&config, exchange)?;
        P::slot().0.replace(Some(driver));
        Ok(())
    }

    fn on_request() -> Result<RequestOutcome, Error> {
        with(|driver: &mut Driver<P>| driver.on_request())
    }

    fn on_event(event: Event) -> Result<Outcome, Error> {
        with(|driver: &mut Driver<P>| driver.on_event(event))
    }

    fn on_end(reason: EndReason) -> Result<Vec<Item>, Error> {
        with(|driver: &mut Driver<P>| driver.on_end(reason))
    }
}

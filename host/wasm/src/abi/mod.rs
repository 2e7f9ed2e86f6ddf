//! The versions of `wit/patch.wit` that this host speaks: one file each, which turns that
//! version's types into those of `yallmp_core::chain`. See `docs/growth.md`.

mod v0_1;

pub(crate) use v0_1::{Bindings, Guest, Info, Wants};

use wasmtime::component::Component;

/// The export that makes a component a plugin of this host.
pub const PLUGIN: &str = "yallmp:patch/plugin@0.1.0";

/// How a component fails to be a plugin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Foreign {
    #[error("it exports no `{PLUGIN}`, so it is no yallmp plugin")]
    NoPlugin,
    #[error("it was built for `{found}`; this host speaks `{PLUGIN}`")]
    Version { found: String },
    #[error("it imports `{0}`, which this host does not offer to plugins")]
    Import(String),
}

/// What a component asks for, as far as the host must know before it links it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// It imports something of WASI.
    pub wasi: bool,
    /// It imports the store, whose answer may take a while.
    pub store: bool,
}

/// Whether a component is a plugin, by its imports and exports.
pub(crate) fn probe(component: &Component) -> Result<Shape, Foreign> {
    let engine = component.engine();
    let ty = component.component_type();
    let plugins = || {
        ty.exports(engine)
            .map(|(name, _)| name)
            .filter(|name| name.starts_with("yallmp:patch/plugin"))
    };
    if !plugins().any(|name| name == PLUGIN) {
        return Err(match plugins().next() {
            Some(found) => Foreign::Version {
                found: found.to_owned(),
            },
            None => Foreign::NoPlugin,
        });
    }
    let mut shape = Shape {
        wasi: false,
        store: false,
    };
    for (name, _) in ty.imports(engine) {
        if name.starts_with("wasi:") {
            shape.wasi = true;
        } else if name.starts_with("yallmp:patch/store@") {
            shape.store = true;
        } else if !name.starts_with("yallmp:patch/") {
            return Err(Foreign::Import(name.to_owned()));
        }
    }
    Ok(shape)
}

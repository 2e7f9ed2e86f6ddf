//! Made by wit-bindgen from `wit/patch.wit`. Nothing outside of the SDK names this module
//! directly, but for the code that `export!` puts into a plugin.
#![allow(
    unsafe_code,
    reason = "values cross the component boundary as raw memory"
)]
#![allow(clippy::all, reason = "generated")]

wit_bindgen::generate!({
    path: "../wit",
    world: "patch",
    pub_export_macro: true,
    default_bindings_module: "yallmp_sdk::bindings",
    export_macro_name: "export_component",
    additional_derives: [PartialEq],
});

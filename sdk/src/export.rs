/// Makes a component of a type that implements [`Patch`](crate::Patch). Once, at the top of
/// `lib.rs`; nothing happens in a native build.
///
/// `export!(MyPlugin, no_std)` is for a crate that says
/// `#![cfg_attr(target_arch = "wasm32", no_std)]`: it brings an allocator and a panic handler,
/// and the component then imports nothing but this proxy's interface. With std it also imports
/// parts of WASI, which the proxy has too.
#[macro_export]
macro_rules! export {
    ($plugin:ty) => {
        const _: () = {
            #[cfg(target_arch = "wasm32")]
            mod component {
                use super::*;

                static SLOT: $crate::guest::Slot<$plugin> = $crate::guest::Slot::new();

                impl $crate::guest::Hosted for $plugin {
                    fn slot() -> &'static $crate::guest::Slot<Self> {
                        &SLOT
                    }
                }

                type Component = $crate::guest::Component<$plugin>;
        $crate::bindings::export_component!(Component with_types_in $crate::bindings);
            }

            const fn is_a_patch<P: $crate::Patch>() {}
            is_a_patch::<$plugin>();
        };
    };
    ($plugin:ty, no_std) => {
        $crate::export!($plugin);

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            #[global_allocator]
            static HEAP: $crate::guest::Heap<$crate::guest::Memory> =
                $crate::guest::Heap::new($crate::guest::Memory);

            #[panic_handler]
            fn panic(info: &::core::panic::PanicInfo<'_>) -> ! {
                $crate::guest::panic(info)
            }

            // The C library's own would take memory behind the allocator's back.
            #[unsafe(export_name = "cabi_realloc")]
            unsafe extern "C" fn cabi_realloc(
                old: *mut u8,
                old_size: usize,
                align: usize,
                size: usize,
            ) -> *mut u8 {
                unsafe { $crate::guest::cabi_realloc(&HEAP, old, old_size, align, size) }
            }

            // For `memcpy` and its kin.
            #[link(name = "c")]
            unsafe extern "C" {}
        };
    };
}

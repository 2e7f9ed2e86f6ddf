//! The only module that configures wasmtime: engines, pools and features.

use std::sync::Arc;

use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig,
    WasmBacktraceDetails,
};

use crate::clock::Clock;

/// Bytes of wasm stack of one call: a recursion that never ends stops here. Python's
/// interpreter is the hungriest known guest.
const WASM_STACK: usize = 1 << 20;

/// The stack of a call's fiber: the wasm stack, and room for host functions below it.
const FIBER_STACK: usize = WASM_STACK + (512 << 10);

/// The stack of a thread on which guests are called without a fiber: theirs, and room for who
/// calls them, which takes most in a build without optimisation.
pub const THREAD_STACK: usize = WASM_STACK + (3 << 20);

/// Instances of plugins alive at once in the pool. Over it they are made on demand, which
/// costs about twice as much. Each reserves 4 GiB of address space and no memory.
const POOL_INSTANCES: u32 = 2048;

/// Core instances of one component: a Rust guest has 3, one in Python 14.
const CORE_INSTANCES_PER_COMPONENT: u32 = 24;

const TABLES_PER_COMPONENT: u32 = 4;

/// Python's table has about 30,000 elements.
pub(crate) const TABLE_ELEMENTS: usize = 40_000;

/// Bytes of a linear memory that stay mapped when its slot is free: resetting them is
/// cheaper than faulting them in again. A Rust guest touches about a dozen pages.
const KEEP_RESIDENT: usize = 128 << 10;

/// Free slots that keep their mapping.
const WARM_SLOTS: u32 = 256;

/// Engines are told apart by how their instances are allocated. Compiled code fits both.
#[derive(Clone)]
pub(crate) struct Engines {
    /// None where the address space is too small for the pool.
    pub pooled: Option<Engine>,
    pub on_demand: Engine,
    /// Counts the epochs of both.
    pub clock: Arc<Clock>,
}

impl Engines {
    pub fn new() -> wasmtime::Result<Self> {
        let on_demand = Engine::new(&base())?;
        let pooled = match Engine::new(base().allocation_strategy(pool())) {
            Ok(engine) => Some(engine),
            Err(error) => {
                tracing::info!("no pool for plugin instances, they are made on demand: {error:#}");
                None
            }
        };
        let all = pooled.iter().chain([&on_demand]).cloned().collect();
        let clock = Arc::new(Clock::start(all)?);
        Ok(Self {
            pooled,
            on_demand,
            clock,
        })
    }

    /// The engine that compiles, and whose code is cached.
    pub fn main(&self) -> &Engine {
        self.pooled.as_ref().unwrap_or(&self.on_demand)
    }
}

fn base() -> Config {
    let mut config = Config::new();
    config
        .cranelift_opt_level(OptLevel::Speed)
        .epoch_interruption(true)
        // Component-model async makes each call three times as expensive.
        .concurrency_support(false)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(FIBER_STACK)
        .memory_init_cow(true)
        // The whole of a 32-bit memory is reserved, so it never has to move.
        .memory_may_move(false)
        // Symbolising a trap takes milliseconds; the trap's kind and the hook are enough.
        .wasm_backtrace_max_frames(None)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable);
    config
}

fn pool() -> InstanceAllocationStrategy {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(POOL_INSTANCES)
        .total_core_instances(POOL_INSTANCES * 4)
        .total_memories(POOL_INSTANCES)
        .total_tables(POOL_INSTANCES * 2)
        .total_stacks(POOL_INSTANCES)
        .max_core_instances_per_component(CORE_INSTANCES_PER_COMPONENT)
        .max_tables_per_component(TABLES_PER_COMPONENT)
        .table_elements(TABLE_ELEMENTS)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT)
        .max_unused_warm_slots(WARM_SLOTS)
        .pagemap_scan(Enabled::Auto);
    InstanceAllocationStrategy::Pooling(pool)
}

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::time::Instant;

use super::*;
use crate::store::guard::Guarded;

/// Answers after a time, or not at all; counts who asks.
#[derive(Default)]
struct Slow {
    after: Mutex<Duration>,
    asked: AtomicU32,
}

impl Slow {
    fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Store for Arc<Slow> {
    async fn get(&self, _: Space<'_>, _: &str) -> Result<Option<Bytes>, StoreError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let after = *self.after.lock().unwrap();
        tokio::time::sleep(after).await;
        Ok(None)
    }

    async fn renew(
        &self,
        space: Space<'_>,
        key: &str,
        _: Duration,
    ) -> Result<Option<Bytes>, StoreError> {
        self.get(space, key).await
    }

    async fn put(&self, _: Space<'_>, _: &str, _: Bytes, _: Duration) -> Result<(), StoreError> {
        Err(StoreError::TooLarge)
    }

    async fn delete(&self, _: Space<'_>, _: &str) -> Result<(), StoreError> {
        Err(StoreError::Unavailable)
    }

    async fn clear(&self, _: &str) -> Result<u64, StoreError> {
        let after = *self.after.lock().unwrap();
        tokio::time::sleep(after).await;
        Ok(7)
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_engine_costs_little_and_then_nothing_for_a_while() {
    let slow = Arc::new(Slow::default());
    *slow.after.lock().unwrap() = HOUR;
    let store = Guarded::new(slow.clone());
    let began = Instant::now();
    for _ in 0..1000 {
        assert_eq!(store.get(MINE, "k").await, Err(StoreError::Unavailable));
    }
    assert_eq!(began.elapsed(), Duration::from_millis(50));
    assert_eq!(slow.asked(), 1);

    // Tried again, less and less often.
    for pause in [1, 2, 4, 8, 16, 30, 30] {
        let asked = slow.asked();
        tokio::time::advance(Duration::from_millis(pause * 1000 - 1)).await;
        assert_eq!(store.get(MINE, "k").await, Err(StoreError::Unavailable));
        assert_eq!(slow.asked(), asked);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(store.get(MINE, "k").await, Err(StoreError::Unavailable));
        assert_eq!(slow.asked(), asked + 1);
    }

    *slow.after.lock().unwrap() = Duration::from_millis(49);
    tokio::time::advance(Duration::from_secs(30)).await;
    for _ in 0..3 {
        assert_eq!(store.get(MINE, "k").await, Ok(None));
    }
}

#[tokio::test(start_paused = true)]
async fn when_it_may_be_back_one_call_finds_out() {
    let slow = Arc::new(Slow::default());
    let store = Guarded::new(slow.clone());
    assert_eq!(store.delete(MINE, "k").await, Err(StoreError::Unavailable));
    tokio::time::advance(Duration::from_secs(1)).await;
    *slow.after.lock().unwrap() = Duration::from_millis(10);
    let (first, second) = tokio::join!(store.get(MINE, "k"), store.get(MINE, "k"));
    assert_eq!((first, second), (Ok(None), Err(StoreError::Unavailable)));
    assert_eq!(slow.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_refuses_an_entry_is_well() {
    let store = Guarded::new(Arc::new(Slow::default()));
    for _ in 0..2 {
        let put = store.put(MINE, "k", Bytes::new(), HOUR).await;
        assert_eq!(put, Err(StoreError::TooLarge));
    }
    assert_eq!(store.get(MINE, "k").await, Ok(None));
}

/// Whoever asks for a wipe waits, and asks because something is wrong.
#[tokio::test(start_paused = true)]
async fn a_wipe_has_more_time_and_is_always_tried() {
    let slow = Arc::new(Slow::default());
    *slow.after.lock().unwrap() = Duration::from_secs(20);
    let store = Guarded::new(slow.clone());
    assert_eq!(store.get(MINE, "k").await, Err(StoreError::Unavailable));
    assert_eq!(store.clear("p").await, Ok(7));
    *slow.after.lock().unwrap() = HOUR;
    assert_eq!(store.clear("p").await, Err(StoreError::Unavailable));
}

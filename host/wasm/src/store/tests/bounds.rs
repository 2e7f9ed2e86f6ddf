use super::*;

type Make = fn(&tempfile::TempDir, usize, usize) -> Arc<dyn Store>;

/// The engines that keep to bounds themselves.
const ENGINES: [Make; 2] = [
    |_, tenant, total| Arc::new(MemoryStore::new(tenant, total)),
    |dir, tenant, total| Arc::new(DiskStore::open(&dir.path().join("s"), tenant, total).unwrap()),
];

#[tokio::test]
async fn the_least_recently_used_entry_of_a_full_tenant_goes_first() {
    for make in ENGINES {
        let dir = tempfile::tempdir().unwrap();
        let store = make(&dir, 4000, 100_000);
        for key in ["1", "2", "3"] {
            put(&*store, MINE, key, 1000).await;
        }
        put(&*store, tenant("b"), "1", 1000).await;
        assert!(has(&*store, MINE, "1").await);
        put(&*store, MINE, "4", 1000).await;
        assert!(!has(&*store, MINE, "2").await);
        for key in ["1", "3", "4"] {
            assert!(has(&*store, MINE, key).await, "{key}");
        }
        assert!(has(&*store, tenant("b"), "1").await);
    }
}

#[tokio::test]
async fn the_least_recently_used_entry_of_all_goes_when_the_whole_is_full() {
    for make in ENGINES {
        let dir = tempfile::tempdir().unwrap();
        let store = make(&dir, 4000, 4000);
        for name in ["a", "b", "c"] {
            put(&*store, tenant(name), "k", 1000).await;
        }
        assert!(has(&*store, tenant("a"), "k").await);
        put(&*store, tenant("d"), "k", 1000).await;
        assert!(!has(&*store, tenant("b"), "k").await);
        for name in ["a", "c", "d"] {
            assert!(has(&*store, tenant(name), "k").await, "{name}");
        }
    }
}

#[test]
fn emptied_entries_count_nothing() {
    use crate::store::entries::{Entries, Key};

    let mut entries = Entries::new(4000, 4000);
    let key = |round: usize| Key::new(MINE, &round.to_string());
    for round in 0..100 {
        for size in [1000, 500] {
            entries.put(key(round), vec![0; size].into(), HOUR).unwrap();
        }
        if round % 3 == 0 {
            entries.remove(&key(round));
        }
    }
    for round in 0..100 {
        entries.remove(&key(round));
    }
    assert!(entries.is_empty());
}

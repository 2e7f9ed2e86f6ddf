use super::*;

const MINE: Space<'_> = Space {
    plugin: "p",
    tenant: "a",
};
const HOUR: Duration = Duration::from_secs(3600);

fn tenant(tenant: &str) -> Space<'_> {
    Space {
        plugin: "p",
        tenant,
    }
}

async fn put(store: &MemoryStore, space: Space<'_>, key: &str, size: usize) {
    let value = Bytes::from(vec![0; size]);
    store.put(space, key, value, HOUR).await.unwrap();
}

async fn has(store: &MemoryStore, space: Space<'_>, key: &str) -> bool {
    store.get(space, key).await.unwrap().is_some()
}

#[tokio::test]
async fn what_is_put_is_got_until_it_is_deleted() {
    let store = MemoryStore::default();
    store.put(MINE, "k", "one".into(), HOUR).await.unwrap();
    store.put(MINE, "k", "two".into(), HOUR).await.unwrap();
    assert_eq!(store.get(MINE, "k").await, Ok(Some("two".into())));
    store.delete(MINE, "k").await.unwrap();
    assert_eq!(store.get(MINE, "k").await, Ok(None));
    assert_eq!(store.delete(MINE, "k").await, Ok(()));
}

#[tokio::test]
async fn plugins_and_tenants_see_only_their_own() {
    let store = MemoryStore::default();
    put(&store, MINE, "k", 1).await;
    let other_plugin = Space {
        plugin: "q",
        ..MINE
    };
    assert!(!has(&store, other_plugin, "k").await);
    assert!(!has(&store, tenant("b"), "k").await);
}

#[tokio::test(start_paused = true)]
async fn an_entry_ends_with_its_time_to_live() {
    let store = MemoryStore::default();
    let minute = Duration::from_secs(60);
    store.put(MINE, "k", "v".into(), minute).await.unwrap();
    tokio::time::advance(minute - Duration::from_millis(1)).await;
    assert!(has(&store, MINE, "k").await);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert!(!has(&store, MINE, "k").await);
}

#[tokio::test]
async fn keys_and_values_have_limits() {
    let store = MemoryStore::default();
    let put = async |key: &str, size| store.put(MINE, key, Bytes::from(vec![0; size]), HOUR).await;
    assert_eq!(put(&"k".repeat(256), VALUE_BYTES).await, Ok(()));
    assert_eq!(put(&"k".repeat(257), 1).await, Err(StoreError::TooLarge));
    assert_eq!(put("", 1).await, Err(StoreError::TooLarge));
    assert_eq!(put("k", VALUE_BYTES + 1).await, Err(StoreError::TooLarge));
}

#[tokio::test]
async fn the_least_recently_used_entry_of_a_full_tenant_goes_first() {
    let store = MemoryStore::new(4000, 100_000);
    for key in ["1", "2", "3"] {
        put(&store, MINE, key, 1000).await;
    }
    put(&store, tenant("b"), "1", 1000).await;
    assert!(has(&store, MINE, "1").await);
    put(&store, MINE, "4", 1000).await;
    assert!(!has(&store, MINE, "2").await);
    for key in ["1", "3", "4"] {
        assert!(has(&store, MINE, key).await, "{key}");
    }
    assert!(has(&store, tenant("b"), "1").await);
}

#[tokio::test]
async fn the_least_recently_used_entry_of_all_goes_when_the_whole_is_full() {
    let store = MemoryStore::new(4000, 4000);
    for name in ["a", "b", "c"] {
        put(&store, tenant(name), "k", 1000).await;
    }
    assert!(has(&store, tenant("a"), "k").await);
    put(&store, tenant("d"), "k", 1000).await;
    assert!(!has(&store, tenant("b"), "k").await);
    for name in ["a", "c", "d"] {
        assert!(has(&store, tenant(name), "k").await, "{name}");
    }
}

#[tokio::test]
async fn an_emptied_store_counts_nothing() {
    let store = MemoryStore::new(4000, 4000);
    for round in 0..100 {
        let key = format!("{round}");
        put(&store, MINE, &key, 1000).await;
        put(&store, MINE, &key, 500).await;
        if round % 3 == 0 {
            store.delete(MINE, &key).await.unwrap();
        }
    }
    for round in 0..100 {
        store.delete(MINE, &format!("{round}")).await.unwrap();
    }
    store.with(|inner| {
        assert_eq!(inner.bytes, 0);
        assert!(inner.tenants.is_empty() && inner.used.is_empty());
    });
}

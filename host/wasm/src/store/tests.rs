//! What every engine does, and what those with bounds of their own do.

mod bounds;
mod disk;
mod guard;
mod redis;

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

async fn put(store: &dyn Store, space: Space<'_>, key: &str, size: usize) {
    let value = Bytes::from(vec![0; size]);
    store.put(space, key, value, HOUR).await.unwrap();
}

async fn has(store: &dyn Store, space: Space<'_>, key: &str) -> bool {
    store.get(space, key).await.unwrap().is_some()
}

/// The contract of the trait. Every engine passes it, starting empty.
async fn conforms(store: &dyn Store) {
    // What is put is got until it is deleted; the last one counts.
    assert_eq!(store.get(MINE, "k").await, Ok(None));
    store.put(MINE, "k", "one".into(), HOUR).await.unwrap();
    store.put(MINE, "k", "two".into(), HOUR).await.unwrap();
    assert_eq!(store.get(MINE, "k").await, Ok(Some("two".into())));
    store.delete(MINE, "k").await.unwrap();
    assert_eq!(store.get(MINE, "k").await, Ok(None));
    assert_eq!(store.delete(MINE, "k").await, Ok(()));

    // Values are bytes, keys any text.
    let bytes: Bytes = (0..=255).collect::<Vec<u8>>().into();
    for key in ["a:b", "ü \n\0", "*"] {
        store.put(MINE, key, bytes.clone(), HOUR).await.unwrap();
        assert_eq!(store.get(MINE, key).await, Ok(Some(bytes.clone())), "{key}");
    }
    store.put(MINE, "empty", Bytes::new(), HOUR).await.unwrap();
    assert_eq!(store.get(MINE, "empty").await, Ok(Some(Bytes::new())));

    // Plugins and tenants see only their own.
    put(store, MINE, "mine", 1).await;
    let other_plugin = Space {
        plugin: "q",
        ..MINE
    };
    for other in [other_plugin, tenant("b"), tenant("")] {
        assert!(!has(store, other, "mine").await);
        store.delete(other, "mine").await.unwrap();
    }
    assert!(has(store, MINE, "mine").await);

    // An entry ends with its time to live, counted from the last put.
    let short = Duration::from_millis(30);
    store.put(MINE, "brief", "v".into(), short).await.unwrap();
    store.put(MINE, "renewed", "v".into(), short).await.unwrap();
    store.put(MINE, "renewed", "v".into(), HOUR).await.unwrap();
    tokio::time::sleep(short * 2).await;
    assert!(!has(store, MINE, "brief").await);
    assert!(has(store, MINE, "renewed").await);

    // Renewed while it is read, it lives on; what is not there is not made.
    let brief = short * 20;
    store.put(MINE, "read", "v".into(), brief).await.unwrap();
    assert_eq!(store.renew(MINE, "read", HOUR).await, Ok(Some("v".into())));
    tokio::time::sleep(brief + short).await;
    assert!(has(store, MINE, "read").await);
    assert_eq!(store.renew(MINE, "unread", HOUR).await, Ok(None));
    assert!(!has(store, MINE, "unread").await);

    // A wipe takes all of one plugin, whoever's it is, and nothing of another.
    let longer = Space {
        plugin: "p-2",
        ..MINE
    };
    for space in [other_plugin, longer] {
        put(store, space, "theirs", 1).await;
    }
    for number in 0..25 {
        put(store, tenant("c"), &number.to_string(), 1).await;
    }
    assert!(store.clear("p").await.unwrap() >= 26);
    for (space, key) in [(MINE, "mine"), (tenant("c"), "0"), (tenant("c"), "24")] {
        assert!(!has(store, space, key).await, "{key}");
    }
    assert!(has(store, other_plugin, "theirs").await);
    assert!(has(store, longer, "theirs").await);
    assert_eq!(store.clear("p").await, Ok(0));

    // The largest keys and values that there can be.
    let key = "k".repeat(KEY_BYTES);
    put(store, MINE, &key, VALUE_BYTES).await;
    assert!(has(store, MINE, &key).await);
}

#[test]
fn keys_and_values_have_limits() {
    assert_eq!(check_key(&"k".repeat(256)), Ok(()));
    assert_eq!(check_key(&"k".repeat(257)), Err(StoreError::TooLarge));
    assert_eq!(check_key(""), Err(StoreError::TooLarge));
    assert_eq!(check_value(&[0; VALUE_BYTES]), Ok(()));
    assert_eq!(
        check_value(&[0; VALUE_BYTES + 1]),
        Err(StoreError::TooLarge)
    );
}

#[tokio::test(start_paused = true)]
async fn the_memory_store_conforms() {
    conforms(&MemoryStore::default()).await;
}

#[tokio::test]
async fn a_configuration_chooses_the_engine() {
    let dir = tempfile::tempdir().unwrap();
    let config = |engine| PluginStore {
        engine,
        ..PluginStore::default()
    };
    let path = dir.path().join("new folder/store.redb");
    for engine in [StoreEngine::Memory, StoreEngine::Disk(path.clone())] {
        let store = open(&config(engine)).unwrap();
        put(&*store, MINE, "k", 1).await;
        assert!(has(&*store, MINE, "k").await);
    }
    assert!(path.is_file());
    let url = "redis://user:hunter2@127.0.0.1:port/";
    let error = open(&config(StoreEngine::Redis(url.to_owned().into()))).err();
    let error = error.unwrap().to_string();
    assert!(!error.contains("hunter2"), "{error}");
}

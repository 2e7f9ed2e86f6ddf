use std::path::Path;

use super::*;

const MB: usize = 1 << 20;

fn open(path: &Path) -> DiskStore {
    DiskStore::open(path, MB, MB).unwrap()
}

#[tokio::test]
async fn the_disk_store_conforms() {
    let dir = tempfile::tempdir().unwrap();
    conforms(&open(&dir.path().join("store"))).await;
}

#[tokio::test]
async fn a_restart_keeps_the_memory_and_forgets_what_is_over() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = open(&path);
    put(&store, MINE, "kept", 10).await;
    put(&store, MINE, "deleted", 10).await;
    let brief = Duration::from_millis(20);
    store.put(MINE, "brief", "v".into(), brief).await.unwrap();
    store.delete(MINE, "deleted").await.unwrap();
    drop(store);
    tokio::time::sleep(brief).await;
    for _ in 0..2 {
        let store = open(&path);
        assert!(has(&store, MINE, "kept").await);
        assert!(!has(&store, tenant("b"), "kept").await);
        assert!(!has(&store, MINE, "deleted").await);
        assert!(!has(&store, MINE, "brief").await);
    }
}

#[tokio::test]
async fn after_a_restart_the_bounds_hold_and_the_oldest_go_first() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = DiskStore::open(&path, MB, MB).unwrap();
    for key in ["1", "2", "3"] {
        put(&store, MINE, key, 1000).await;
        // The file knows milliseconds.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(store);
    let store = DiskStore::open(&path, 2500, 2500).unwrap();
    assert!(!has(&store, MINE, "1").await);
    assert!(has(&store, MINE, "2").await && has(&store, MINE, "3").await);
}

#[tokio::test]
async fn a_damaged_file_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let whole = {
        let store = open(&path);
        put(&store, MINE, "k", 100_000).await;
        drop(store);
        std::fs::read(&path).unwrap()
    };
    let mut torn = whole.clone();
    torn.truncate(whole.len() / 2);
    let mut scribbled = whole;
    for byte in scribbled.iter_mut().skip(64).step_by(7) {
        *byte ^= 0x5a;
    }
    for (round, bad) in [b"no database".to_vec(), torn, scribbled]
        .into_iter()
        .enumerate()
    {
        std::fs::write(&path, &bad).unwrap();
        let store = open(&path);
        assert!(!has(&store, MINE, "k").await);
        put(&store, MINE, "new", 1).await;
        drop(store);
        assert!(has(&open(&path), MINE, "new").await);
        let files = std::fs::read_dir(dir.path()).unwrap();
        let aside = files.filter(|file| {
            let name = file.as_ref().unwrap().file_name();
            name.to_string_lossy().contains(".damaged-")
        });
        assert_eq!(aside.count(), round + 1);
        std::fs::remove_file(&path).unwrap();
    }
}

#[tokio::test]
async fn a_second_process_is_told_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let _first = open(&path);
    let error = DiskStore::open(&path, MB, MB).err().unwrap();
    assert!(matches!(error, DiskError::InUse), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    drop(open(&path));
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

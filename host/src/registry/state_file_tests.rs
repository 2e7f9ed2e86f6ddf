use serde_json::json;

use super::*;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("yallmp-state-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("state.json")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn models(names: &[&str]) -> Vec<(String, Value)> {
    let model = |name: &&str| ((*name).to_owned(), json!({"model_name": name, "n": 1.0}));
    names.iter().map(model).collect()
}

#[tokio::test]
async fn what_was_written_is_read_in_order() {
    let folder = Folder::new("order");
    assert!(read(&folder.file()).unwrap().is_empty());
    for names in [&["z", "a", "m"][..], &["a"], &[]] {
        write(folder.file(), models(names)).await.unwrap();
        assert_eq!(read(&folder.file()).unwrap(), models(names));
    }
    let left: Vec<_> = fs::read_dir(&folder.0).unwrap().collect();
    assert_eq!(left.len(), 1, "no temporary file stays: {left:?}");
}

#[tokio::test]
async fn folders_are_made() {
    let folder = Folder::new("made");
    let file = folder.0.join("deep/er/state.json");
    write(file.clone(), models(&["a"])).await.unwrap();
    assert_eq!(read(&file).unwrap().len(), 1);
}

#[test]
fn a_broken_file_is_named_and_not_taken_for_empty() {
    let folder = Folder::new("broken");
    for text in [
        "",
        "{",
        "[]",
        r#"{"version":1}"#,
        r#"{"version":2,"models":{}}"#,
        r#"{"version":1,"models":[]}"#,
    ] {
        fs::write(folder.file(), text).unwrap();
        let error = read(&folder.file()).unwrap_err().to_string();
        assert!(
            error.contains("state.json") && error.contains("hint:"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_named() {
    let folder = Folder::new("unwritable");
    // A folder stands where the file should be.
    fs::create_dir_all(folder.file().join("in")).unwrap();
    let error = write(folder.file(), models(&["a"])).await.unwrap_err();
    assert!(error.to_string().contains("state.json"), "{error}");
    assert_eq!(
        fs::read_dir(&folder.0).unwrap().count(),
        1,
        "the temporary file is gone"
    );
}

use super::*;

type Map = BTreeMap<String, String>;

fn env(variables: &[(&str, &str)]) -> Map {
    let owned = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    owned.collect()
}

/// A folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("yallmp-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn the_file_is_named_by_flag_then_variables_then_default() {
    let both = env(&[("YALLMP_CONFIG", "a.yaml"), ("YALLM_CONFIG", "b.yaml")]);
    let old = env(&[("YALLMP_CONFIG", ""), ("YALLM_CONFIG", "b.yaml")]);
    let find = |given: Option<&str>, env: &Map| ConfigFile::find(given.map(Path::new), env);
    assert_eq!(find(Some("c.yaml"), &both), Path::new("c.yaml"));
    assert_eq!(find(None, &both), Path::new("a.yaml"));
    assert_eq!(find(None, &old), Path::new("b.yaml"));
    assert_eq!(find(None, &env(&[])), Path::new("litellm_config.yaml"));
}

#[test]
fn the_env_file_beside_it_never_overrides() {
    let folder = folder("dot-env");
    let path = folder.join("c.yaml");
    let yaml = "general_settings: {master_key: $KEY, server: {host: $HOST_X}}";
    std::fs::write(&path, yaml).unwrap();
    std::fs::write(folder.join(".env"), "# keys\nKEY='from file'\nHOST_X=h\n").unwrap();
    let file = ConfigFile::read(&path).unwrap();

    let set = env(&[("HOST_X", "set")]);
    assert_eq!(file.from_dot_env(&set), ["KEY"]);
    let config = file.load(&set).unwrap().config;
    assert_eq!(config.server.host, "set");
    let key = config.master_key.unwrap();
    assert_eq!(secrecy::ExposeSecret::expose_secret(&key), "from file");
}

#[test]
fn a_broken_env_file_names_the_line_and_not_its_secret() {
    let folder = folder("bad-dot-env");
    let path = folder.join("c.yaml");
    std::fs::write(&path, "").unwrap();
    std::fs::write(folder.join(".env"), "A=1\n\nsk hidden=\n").unwrap();
    let error = ConfigFile::read(&path).err().unwrap().to_string();
    assert!(error.contains(".env`, line 3"), "{error}");
    // No number: the folder has that of the process in its name.
    assert!(!error.contains("hidden"), "{error}");
    for (text, line) in [
        ("A=1\nB=two words\nC=3\n", 2),
        ("A='1 2'\nB=\"open\n", 2),
        ("A=1 2\n=x\n", 1),
        ("A=1\n=x\n", 2),
        ("A=1\r\nB=2\r\nno equals\r\n", 3),
    ] {
        std::fs::write(folder.join(".env"), text).unwrap();
        let error = ConfigFile::read(&path).err().unwrap().to_string();
        assert!(
            error.contains(&format!(", line {line}:")),
            "{text}: {error}"
        );
    }
}

#[test]
fn a_missing_file_says_what_to_do() {
    let error = ConfigFile::read(Path::new("no/such.yaml")).err().unwrap();
    assert!(error.to_string().contains("no/such.yaml"), "{error}");
}

#[test]
fn plugin_paths_are_relative_to_the_file() {
    let folder = folder("paths");
    let path = folder.join("c.yaml");
    std::fs::write(&path, "plugins: [{name: mine, path: p/mine.wasm}]").unwrap();
    let config = ConfigFile::read(&path)
        .unwrap()
        .load(&env(&[]))
        .unwrap()
        .config;
    let expected = config::PluginSource::File(folder.join("p/mine.wasm"));
    assert_eq!(config.plugins[0].plugin.source, expected);
}

use super::*;

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.insert(*name, value.parse().unwrap());
    }
    headers
}

fn keyless() -> Auth {
    Auth::new(None, "127.0.0.1:1".parse().unwrap())
}

#[test]
fn a_tenant_is_the_same_for_the_same_key_only() {
    let auth = keyless();
    let of = |pairs: &[(&'static str, &str)]| auth.check(&headers(pairs)).unwrap();
    let first = of(&[("authorization", "Bearer sk-one")]);
    assert_eq!(first, of(&[("x-api-key", "sk-one")]));
    assert_ne!(first, of(&[("authorization", "Bearer sk-two")]));
    assert!(!first.contains("sk-one"));
    assert_eq!(&*of(&[]), "anonymous");
}

#[test]
fn either_header_may_hold_the_master_key() {
    let key = SecretString::from("sk-master");
    let auth = Auth::new(Some(&key), "127.0.0.1:1".parse().unwrap());
    let both = headers(&[
        ("authorization", "Bearer other"),
        ("x-api-key", "sk-master"),
    ]);
    assert!(auth.check(&both).is_ok());
    let none = headers(&[("authorization", "Bearer other"), ("x-api-key", "another")]);
    assert_eq!(auth.check(&none).unwrap_err().status, 401);
}

#[test]
fn names_of_this_machine() {
    for name in [
        "localhost",
        "LocalHost:80",
        "127.0.0.1",
        "127.9.9.9:1",
        "[::1]",
        "[::ffff:127.0.0.1]:1",
    ] {
        assert!(is_loopback_name(name), "{name}");
    }
    for name in [
        "",
        "example.com",
        "localhost.example.com",
        "128.0.0.1",
        "[::2]",
        "127.0.0.1@evil.example",
        "/",
        "0.0.0.0",
    ] {
        assert!(!is_loopback_name(name), "{name}");
    }
}

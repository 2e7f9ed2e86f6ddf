//! How backends are reached: over TLS, with HTTP/2, through a company's proxy.

use http::Version;

use crate::kit::*;

/// The model `m` at this address, with more members of its `litellm_params`.
fn at(url: &str, more: &str) -> String {
    format!(
        "plugins: []\nmodel_list:\n  - model_name: m\n    litellm_params: {{model: openai/m, api_base: \"{url}/v1\", api_key: sk-backend, {more}}}\n"
    )
}

fn trusting(front: &Front) -> String {
    let authority = authority().display().to_string().replace('\\', "/");
    at(&front.url(), &format!("ssl_verify: '{authority}'"))
}

async fn backend() -> Backend {
    Backend::choose(|seen| match seen.text().contains("\"stream\":true") {
        true => Answer::chat_stream(&["Hel", "lo"]),
        false => Answer::chat("Hello"),
    })
    .await
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_when_it_is_named() {
    for (protocols, version) in [
        (&["h2", "http/1.1"][..], Version::HTTP_2),
        (&["http/1.1"], Version::HTTP_11),
        (&[], Version::HTTP_11),
    ] {
        let backend = backend().await;
        let front = Front::offering(&backend, protocols).await;
        let proxy = Proxy::start(&trusting(&front)).await;
        let whole = proxy.chat(ask("Hi")).await;
        assert_eq!((whole.status, whole.content()), (200, "Hello".into()));
        let streamed = proxy.chat(ask_stream("Hi")).await;
        assert_eq!(streamed.content(), "Hello");
        assert!(streamed.text().ends_with("data: [DONE]\n\n"));
        assert_eq!(front.versions(), [version, version]);
        let key = backend
            .request(1)
            .header("authorization")
            .map(str::to_owned);
        assert_eq!(key.as_deref(), Some("Bearer sk-backend"));
    }
}

/// HTTP/1.1 would believe them, and cut the request off.
#[tokio::test]
async fn headers_of_the_connection_cannot_be_added() {
    let backend = backend().await;
    let front = Front::offering(&backend, &["http/1.1"]).await;
    let more = "extra_headers: {Content-Length: 5, Transfer-Encoding: gzip, X-Team: red}, ";
    let yaml = trusting(&front).replace("ssl_verify", &format!("{more}ssl_verify"));
    for yaml in [yaml, at(&backend.url(), more)] {
        let proxy = Proxy::start(&yaml).await;
        assert_eq!(proxy.chat(ask("Hi")).await.content(), "Hello");
        let seen = backend.request(backend.requests().len());
        assert_eq!(seen.header("x-team"), Some("red"));
        assert_eq!(seen.json()["messages"], ask("Hi")["messages"]);
        let stderr = proxy.stderr();
        assert!(stderr.contains("the connection's own header"), "{stderr}");
    }
}

#[tokio::test]
async fn an_unknown_authority_is_refused_with_the_way_out() {
    let backend = backend().await;
    let front = Front::new(&backend).await;
    let proxy = Proxy::start(&at(&front.url(), "max_retries: 1")).await;
    let answer = proxy.chat(ask("Hi")).await;
    assert_eq!(answer.status, 502);
    answer.error();
    let log = proxy.log(1).await;
    assert!(log.contains("invalid peer certificate"), "{log}");
    assert!(log.contains("ssl_verify"), "{log}");
    assert!(backend.requests().is_empty(), "nothing was said to it");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let backend = backend().await;
    let front = Front::new(&backend).await;
    let yaml = trusting(&front).replace("127.0.0.1", "localhost");
    let proxy = Proxy::start(&yaml).await;
    assert_eq!(proxy.chat(ask("Hi")).await.status, 502);
    assert!(backend.requests().is_empty());
}

#[tokio::test]
async fn not_checking_must_be_said_and_is_warned_of() {
    let backend = backend().await;
    let front = Front::new(&backend).await;
    let yaml = format!(
        "{}litellm_settings: {{ssl_verify: false}}\n",
        at(&front.url(), "")
    );
    let proxy = Proxy::start(&yaml).await;
    assert_eq!(proxy.chat(ask("Hi")).await.content(), "Hello");
    assert!(
        proxy.stderr().contains("certificates are not checked"),
        "{}",
        proxy.stderr()
    );

    let strict = yaml.replace("api_key: sk-backend, ", "ssl_verify: true");
    let proxy = Proxy::start(&strict).await;
    assert_eq!(
        proxy.chat(ask("Hi")).await.status,
        502,
        "a model can be stricter"
    );
}

/// Elsewhere the system has its own place for authorities.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_systems_authorities_can_be_named_in_the_environment() {
    let backend = backend().await;
    let front = Front::new(&backend).await;
    let proxy = Proxy::with(&at(&front.url(), ""))
        .env("SSL_CERT_FILE", authority().to_str().unwrap())
        .start()
        .await;
    assert_eq!(proxy.chat(ask("Hi")).await.content(), "Hello");
}

/// The form of one, but nothing that anybody could be checked by.
const NO_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

#[tokio::test]
async fn authorities_that_cannot_be_read_keep_it_from_starting() {
    for (content, why) in [
        (None, "gone.pem"),
        (Some("no certificate"), "no certificate is in it"),
        (Some(NO_CERTIFICATE), "cannot be used"),
    ] {
        let name = if content.is_some() {
            "empty.pem"
        } else {
            "gone.pem"
        };
        let mut proxy = Proxy::with(&at("https://127.0.0.1:9", &format!("ssl_verify: {name}")));
        if let Some(content) = content {
            proxy = proxy.file(name, content);
        }
        let folder = proxy.folder();
        let end = proxy.try_start().await.err().expect("it must not start");
        assert_eq!(end.code, Some(1));
        for said in [end.stderr, run(folder.path(), &["check"]).await.stdout] {
            assert!(said.contains("ssl_verify") && said.contains(why), "{said}");
        }
    }
}

#[tokio::test]
async fn a_client_that_leaves_ends_its_stream_and_no_other_on_the_same_connection() {
    let gate = Gate::new();
    let held = gate.clone();
    let backend = Backend::choose(move |seen| match seen.text().contains("leaves") {
        true => Answer::sse().delta("x").stall(),
        false => Answer::sse()
            .delta("x")
            .gate(&held)
            .delta("y")
            .finish("stop")
            .done(),
    })
    .await;
    let front = Front::new(&backend).await;
    let proxy = Proxy::start(&trusting(&front)).await;
    let mut stays = proxy.chat_open(ask_stream("stays")).await;
    stays.event().await;
    let mut leaves = proxy.chat_open(ask_stream("leaves")).await;
    leaves.event().await;
    leaves.hang_up();
    backend.wait_left(1).await;
    gate.open();
    assert_eq!(stays.finish().await.content(), "y");
}

#[tokio::test]
async fn a_company_proxy_is_used_for_what_is_outside() {
    let backend = backend().await;
    let front = Front::new(&backend).await;
    let forward = Forward::new(front.addr()).await;
    let trust = trusting(&front);
    let outside = trust.replace(&front.url(), "https://backend.test");
    let with_password = forward.url().replace("//", "//user:word@");
    let proxy = Proxy::with(&outside)
        .env("HTTPS_PROXY", &with_password)
        .start()
        .await;
    assert_eq!(proxy.chat(ask_stream("Hi")).await.content(), "Hello");
    let heads = forward.heads();
    assert!(
        heads[0].starts_with("CONNECT backend.test:443 "),
        "{heads:?}"
    );
    let head = heads[0].to_ascii_lowercase();
    assert!(
        head.contains("proxy-authorization: basic dxnlcjp3b3jk"),
        "{head}"
    );
    assert_eq!(front.versions(), [Version::HTTP_2], "TLS goes through it");

    // This machine is never behind it.
    let proxy = Proxy::with(&trust)
        .env("HTTPS_PROXY", &forward.url())
        .start()
        .await;
    assert_eq!(proxy.chat(ask("Hi")).await.content(), "Hello");
    assert_eq!(forward.heads().len(), heads.len());
}

#[tokio::test]
async fn without_tls_the_proxy_is_given_the_whole_url() {
    let backend = backend().await;
    let forward = Forward::new(backend.addr()).await;
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let proxy = Proxy::with(&at("http://backend.test:8000", ""))
            .env(variable, &forward.url())
            .start()
            .await;
        assert_eq!(proxy.chat(ask("Hi")).await.content(), "Hello", "{variable}");
        assert_eq!(
            proxy.chat(ask_stream("Hi")).await.content(),
            "Hello",
            "{variable}"
        );
    }
    let path = &backend.request(1).path;
    assert_eq!(path, "http://backend.test:8000/v1/chat/completions");
}

#[tokio::test]
async fn no_proxy_names_what_is_reached_directly() {
    let backend = backend().await;
    let forward = Forward::new(backend.addr()).await;
    for url in ["http://backend.test", "https://backend.test"] {
        let proxy = Proxy::with(&at(url, "max_retries: 1"))
            .env("ALL_PROXY", &forward.url())
            .env("NO_PROXY", "other.test,.test")
            .start()
            .await;
        // There is no such host.
        assert_eq!(proxy.chat(ask("Hi")).await.status, 502, "{url}");
    }
    assert!(forward.heads().is_empty());
}

#[tokio::test]
async fn azure_gets_the_url_and_the_key_that_it_wants() {
    let backend = backend().await;
    let yaml = format!(
        "model_list:\n  - model_name: m\n    litellm_params: {{model: azure/mine, api_base: \"{}/\", api_version: 2024-10-21, api_key: azure-key-0123456789}}\n",
        backend.url()
    );
    let proxy = Proxy::start(&yaml).await;
    let client = proxy.client().with_header("api-key", "the-clients");
    let answer = client.post("/v1/chat/completions", ask("Hi")).await;
    assert_eq!(answer.content(), "Hello", "{}", answer.text());
    let seen = backend.request(1);
    assert_eq!(
        seen.path,
        "/openai/deployments/mine/chat/completions?api-version=2024-10-21"
    );
    assert_eq!(seen.header("api-key"), Some("azure-key-0123456789"));
    assert_eq!(seen.header("authorization"), None);
    let log = proxy.log(1).await;
    for secret in ["azure-key-0123", "the-clients"] {
        assert!(!log.contains(secret), "{secret} in\n{log}");
    }
}

//! A backend that refuses a request for the reasoning that it lacks, and the one other try.

use super::*;

/// One proxy makes a conversation, another one, which knows nothing of it, goes on with it.
/// `keep`: its settings of the plugin.
async fn elsewhere(backend: &Backend, vendor: Vendor, tries: &str, keep: &str) -> (Agent, Proxy) {
    let own = config(backend, vendor, "");
    let here = Proxy::start(&own).await;
    let mut agent = Agent::new(true);
    for _ in 0..2 {
        assert_eq!(agent.step(here.client()).await.status, 200);
    }
    let other = own.replace("max_retries: 0", tries)
        + &format!("    plugins: {{reasoning-keep: {keep}}}\n");
    (agent, Proxy::start(&other).await)
}

#[tokio::test]
async fn what_is_refused_is_tried_once_more_and_goes_further() {
    for vendor in VENDORS {
        let backend = backend(vendor, true).await;
        let (mut agent, proxy) =
            elsewhere(&backend, vendor, "max_retries: 2", "{miss: nothing}").await;
        let before = backend.requests().len();
        let answered = agent.step(proxy.client()).await;
        assert_eq!(answered.status, 200, "{vendor:?}: {}", answered.text());
        assert_eq!(answered.header("x-yallmp-attempts"), Some("2"));
        let said = keep_header(&answered);
        assert!(
            said.starts_with("again=missing, missed="),
            "{vendor:?}: {said}"
        );
        assert_eq!(backend.requests().len() - before, 2);
        let log = proxy.log(1).await;
        assert!(log.contains("the backend wants reasoning back"), "{log}");
    }
}

#[tokio::test]
async fn a_second_refusal_is_the_clients() {
    let words = "The `reasoning_content` in the thinking mode must be passed back to the API.";
    let backend = Backend::always(Answer::error(400, words)).await;
    let with = config(&backend, Vendor::DeepSeek, "");
    for (tries, asked) in [("max_retries: 3", 2), ("max_retries: 1", 1)] {
        let before = backend.requests().len();
        let proxy = Proxy::start(&with.replace("max_retries: 0", tries)).await;
        let answered = Agent::new(true).step(proxy.client()).await;
        assert_eq!(answered.status, 400);
        assert!(answered.text().contains(words), "{}", answered.text());
        assert_eq!(backend.requests().len() - before, asked, "{tries}");
    }
}

#[tokio::test]
async fn other_errors_are_not_tried_again() {
    let backend = Backend::always(Answer::error(400, "`reasoning_content` is too long")).await;
    let with = config(&backend, Vendor::DeepSeek, "").replace("max_retries: 0", "max_retries: 3");
    let proxy = Proxy::start(&with).await;
    assert_eq!(Agent::new(true).step(proxy.client()).await.status, 400);
    assert_eq!(backend.requests().len(), 1);
}

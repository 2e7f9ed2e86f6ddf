//! Clients that read only `content`: they are shown reasoning between tags, send it back as text, and
//! the backend gets it as it wants it.

use super::*;

#[tokio::test]
async fn shown_in_tags_sent_back_as_text_restored_as_it_was() {
    for vendor in [Vendor::DeepSeek, Vendor::Kimi, Vendor::Claude] {
        for streamed in [true, false] {
            let backend = backend(vendor, streamed).await;
            let tags = "    plugins: {reasoning-normalize: {target: think_tags}}\n";
            let proxy = Proxy::start(&(config(&backend, vendor, "") + tags)).await;
            let mut agent = Agent::new(streamed);
            let answers = agent.run(proxy.client()).await;
            assert_eq!(answers.len(), 11, "{vendor:?}");
            let shown = agent.messages[2]["content"].as_str().unwrap();
            assert!(
                shown.starts_with("<think>\nStep 0: think <hard>.\n\"ü\""),
                "{vendor:?}: {shown:?}"
            );
            for seen in backend.requests() {
                for message in seen.json()["messages"].as_array().unwrap() {
                    let text = message["content"].as_str().unwrap_or_default();
                    assert!(!text.contains("think>"), "{vendor:?}: {text}");
                }
            }
        }
    }
}

/// The memory is gone, but the client has shown the reasoning all along.
#[tokio::test]
async fn what_the_client_shows_itself_is_restored_without_a_memory() {
    let backend = backend(Vendor::DeepSeek, true).await;
    let tags = "    plugins: {reasoning-normalize: {target: think_tags}}\n";
    let with = config(&backend, Vendor::DeepSeek, "") + tags;
    let mut agent = Agent::new(true);
    let before = Proxy::start(&with).await;
    for _ in 0..3 {
        assert_eq!(agent.step(before.client()).await.status, 200);
    }
    let after = Proxy::start(&with).await;
    let answered = agent.step(after.client()).await;
    assert_eq!(answered.status, 200, "{}", answered.text());
    assert_eq!(keep_header(&answered), "restored=shown:2/5/8");
    let sent = backend.requests().pop().unwrap().json();
    for (step, at) in [2, 5, 8].into_iter().enumerate() {
        let whole = Vendor::DeepSeek.message(step);
        let message = &sent["messages"][at];
        assert_eq!(message["reasoning_content"], whole["reasoning_content"]);
    }
}

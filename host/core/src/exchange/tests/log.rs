//! What the log hears.

use super::*;

#[tokio::test]
async fn every_frame_of_a_stream_is_noted_byte_for_byte() {
    let frames = [": hi\n\n", HI, "data: \u{1}\r\n\r\n", STOP, ":\n\n", DONE];
    let world = World::new(vec![sse(&frames)]);
    world.stream().await;
    let noted = world.ends.1.lock().unwrap();
    let events = noted.iter().filter_map(|note| match note {
        Note::EventIn { number, raw } => Some((*number, raw.clone())),
        _ => None,
    });
    let (numbers, raw): (Vec<_>, Vec<_>) = events.unzip();
    assert_eq!(raw.concat(), frames.concat().into_bytes());
    assert_eq!(numbers, [0, 1, 2, 3, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn nothing_secret_reaches_the_log() {
    let world = World::with(vec![json(200, ANSWER)], |config| {
        let mut deployment = (*config.deployments[0]).clone();
        deployment.api_key = Some("sk-backend-0123456789".to_string().into());
        config.deployments[0] = Arc::new(deployment);
    });
    world.ask(WHOLE).await.unwrap();
    let notes = format!("{:?}", world.ends.1.lock().unwrap());
    assert!(
        !notes.contains("sk-backend-0123456789") && !notes.contains("client-key"),
        "{notes}"
    );
}

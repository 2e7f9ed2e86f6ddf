//! Plugins that answer themselves, and slow ones.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::{ANSWER, Act, DONE, HI, STOP, STREAM, Script, WHOLE, World, sse, text};
use crate::body::RequestBody;
use crate::chain::*;
use crate::config::OnError;

/// Answers, or marks what comes up with its letter.
#[derive(Clone, Copy)]
enum Native {
    Answers,
    Marks(&'static str),
    /// Takes its time for every event.
    Slow(Duration),
}

impl Plugin for Native {
    fn name(&self) -> &str {
        "native"
    }
    fn on_error(&self) -> OnError {
        OnError::Fail
    }
    fn request(&self) -> &Interest {
        &Interest::All
    }
    fn response(&self) -> &Interest {
        &Interest::All
    }
    fn errors(&self) -> &Interest {
        &Interest::None
    }
    fn max_held_bytes(&self) -> usize {
        1 << 20
    }
    fn start(&self, _: Arc<AttemptFacts>, _: RequestBody) -> Box<dyn Stage> {
        Box::new(*self)
    }
}

#[async_trait]
impl Stage for Native {
    async fn on_request(&mut self) -> Result<RequestOutcome, StageError> {
        Ok(match self {
            Self::Answers => RequestOutcome::Answer {
                status: 200,
                body: ANSWER.into(),
            },
            Self::Marks(_) | Self::Slow(_) => RequestOutcome::Unchanged,
        })
    }
    async fn on_event(&mut self, event: EventRef<'_>) -> Result<Outcome, StageError> {
        let mark = match self {
            Self::Answers => "answers",
            Self::Marks(mark) => mark,
            Self::Slow(time) => {
                tokio::time::sleep(*time).await;
                return Ok(Outcome::Unchanged);
            }
        };
        let data = event.data.replace("\"hi\"", &format!("\"hi {mark}\""));
        Ok(Outcome::Emit(Emission {
            items: vec![Item::New {
                name: None,
                data: data.into(),
            }],
            ..Emission::default()
        }))
    }
    async fn on_end(&mut self, _: EndReason) -> Result<Vec<Item>, StageError> {
        Ok(Vec::new())
    }
    fn take_listen(&mut self) -> Option<Interest> {
        None
    }
    fn take_logs(&mut self) -> Vec<LogLine> {
        Vec::new()
    }
    fn take_facts(&mut self) -> Vec<Fact> {
        Vec::new()
    }
}

fn world(plugins: &[Native], scripts: Vec<Script>) -> World {
    let mut world = World::with(scripts, |config| config.streaming.keep_alive = None);
    let plugins = plugins
        .iter()
        .map(|plugin| Arc::new(*plugin) as Arc<dyn Plugin>);
    let chain = Arc::new(Chain::new(plugins.collect()));
    let gateway = Arc::get_mut(&mut world.gateway).expect("nobody else has it yet");
    gateway.chains.insert("m#1".into(), chain);
    world
}

/// Streamed or whole: those before it see it, it and those behind it do not.
#[tokio::test(start_paused = true)]
async fn a_plugins_own_answer_goes_up_from_that_plugin() {
    let plugins = [
        Native::Marks("before"),
        Native::Answers,
        Native::Marks("behind"),
    ];
    let whole = text(world(&plugins, vec![]).ask(WHOLE).await.unwrap()).await;
    let whole: Value = serde_json::from_str(&whole).unwrap();
    assert_eq!(whole["choices"][0]["message"]["content"], "hi before");

    let stream = text(world(&plugins, vec![]).ask(STREAM).await.unwrap()).await;
    let first: Value = serde_json::from_str(&stream.split("\n\n").next().unwrap()[6..]).unwrap();
    assert_eq!(first["choices"][0]["delta"]["content"], "hi before");
    assert!(stream.ends_with("data: [DONE]\n\n"), "{stream}");
}

#[tokio::test(start_paused = true)]
async fn a_plugins_own_answer_is_no_byte_another_where_nobody_changes_it() {
    let answered = world(&[Native::Answers, Native::Marks("behind")], vec![]);
    assert_eq!(text(answered.ask(WHOLE).await.unwrap()).await, ANSWER);
}

/// Silence is the backend's, not the time that its event takes here.
#[tokio::test(start_paused = true)]
async fn what_a_plugin_takes_is_no_silence_of_the_backend() {
    let script = sse(&[HI])
        .then(Act::Wait(Duration::from_secs(1)))
        .then(Act::Send(HI.into()))
        .then(Act::Wait(Duration::from_secs(30)))
        .then(Act::Send([STOP, DONE].concat().into()));
    let slow = world(&[Native::Slow(Duration::from_secs(100))], vec![script]);
    assert_eq!(slow.stream().await, [HI, HI, STOP, DONE].concat());
}

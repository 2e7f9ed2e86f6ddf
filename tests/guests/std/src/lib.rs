//! A guest with `std`, and so with WASI: for each event it tries what WASI offers and
//! answers with what it got. It counts requests in the store.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant, SystemTime};

use exports::yallmp::patch::plugin::Guest;
use yallmp::patch::store;
use yallmp::patch::types::*;

wit_bindgen::generate!({ path: "../../../wit", world: "patch" });

struct WithStd;

impl Guest for WithStd {
    fn describe() -> Info {
        Info {
            name: "std".into(),
            version: "0.1.0".into(),
            summary: "Tries what WASI offers".into(),
            config_schema: "true".into(),
        }
    }

    fn plan(_: String, _: Deployment) -> Result<Wants, PluginError> {
        Ok(Wants {
            request: Interest::None,
            response: Interest::All,
            errors: Interest::None,
        })
    }

    fn begin(_: String, _: Exchange) -> Result<(), PluginError> {
        Ok(())
    }

    fn on_request() -> Result<RequestOutcome, PluginError> {
        let count = match store::get("count") {
            Ok(Some(bytes)) => bytes[0] + 1,
            _ => 1,
        };
        let _ = store::put("count", &[count], 60);
        let count = ("count".to_owned(), Some(count.to_string()));
        Ok(RequestOutcome::Edit(RequestEdit {
            body: BodyEdit::Members(vec![count]),
            set_headers: Vec::new(),
            remove_headers: Vec::new(),
        }))
    }

    fn on_event(event: Event) -> Result<Outcome, PluginError> {
        if event.data.contains("sleep") {
            std::thread::sleep(Duration::from_secs(3600));
        }
        println!("a line on stdout");
        eprintln!("a line on stderr");
        let told: HashMap<&str, bool> = HashMap::from([
            ("clock", Instant::now().elapsed() < Duration::from_secs(1)),
            ("time", SystemTime::now() > SystemTime::UNIX_EPOCH),
            (
                "random",
                RandomState::new().hash_one(1) != RandomState::new().hash_one(2),
            ),
            ("file", std::fs::read("/etc/hostname").is_ok()),
            ("folder", std::fs::read_dir(".").is_ok()),
            ("environment", std::env::vars().next().is_some()),
            ("arguments", std::env::args().next().is_some()),
            (
                "network",
                std::net::TcpStream::connect("127.0.0.1:9").is_ok(),
            ),
            ("listen", std::net::TcpListener::bind("127.0.0.1:0").is_ok()),
        ]);
        let mut told: Vec<&str> = told
            .into_iter()
            .filter(|(_, has)| *has)
            .map(|(what, _)| what)
            .collect();
        told.sort_unstable();
        let item = Item::New(NewEvent {
            name: None,
            data: format!("{told:?}"),
        });
        Ok(Outcome::Emit(Emission {
            items: vec![item],
            keep: 0,
            stand_in: None,
        }))
    }

    fn on_end(_: EndReason) -> Result<Vec<Item>, PluginError> {
        Ok(Vec::new())
    }
}

export!(WithStd);

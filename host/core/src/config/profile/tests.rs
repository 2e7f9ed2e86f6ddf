use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;

use super::super::audit::Audit;
use super::super::findings::{At, Findings};
use super::super::keys::{FILE, Kind, Section};
use super::super::raw::Node;
use super::super::{Config, Loaded, Origin, Report, load};
use super::*;

fn read(yaml: &str) -> Result<Loaded, Report> {
    let origin = Origin {
        file: "c.yaml".into(),
        folder: PathBuf::new(),
    };
    load(yaml, &origin, &BTreeMap::<String, String>::new())
}

fn config(yaml: &str) -> Config {
    read(yaml)
        .unwrap_or_else(|report| panic!("{report}"))
        .config
}

fn facts(profile: &Profile, model: &str) -> Value {
    serde_json::from_str(&profile.text(model)).unwrap()
}

/// The profile of a deployment by itself, from the shipped file.
fn shipped(base: &str, provider: &str, model: &str) -> Profile {
    let backend = Backend::Http {
        base: base.to_owned(),
    };
    Profiles::default()
        .choose(None, &backend, provider, model)
        .unwrap()
}

const UNKNOWN: &str = "http://10.0.0.1:8000/v1";

fn section(below: &'static Section, name: &str) -> &'static Section {
    let key = below.keys.iter().find(|key| key.name == name).unwrap();
    match key.kind {
        Kind::Entries(section) => section,
        _ => panic!("`{name}` has no entries"),
    }
}

#[test]
fn the_shipped_file_has_no_mistakes() {
    let origin = Origin {
        file: "plugins/profiles.yaml".into(),
        folder: PathBuf::new(),
    };
    let tree = Node::parse(SHIPPED).unwrap();
    let top = At::top(&tree);
    let profile = section(&FILE, "profiles");
    let mut findings = Findings::new(&origin, SHIPPED);
    let mut audit = Audit::new(&mut findings, false);
    for (list, section) in [
        ("profiles", profile),
        ("models", section(profile, "models")),
    ] {
        for item in top.get(list).unwrap().items() {
            audit.section(&item, list, section);
        }
    }
    let unmatched = |item: &At<'_>| item.get("match").is_none();
    assert!(
        !top.get("models")
            .unwrap()
            .items()
            .any(|item| unmatched(&item))
    );
    audit.finish();
    assert_eq!(findings.problems, []);
}

/// Whoever writes a fact finds its meaning in the documentation.
#[test]
fn the_documentation_names_every_fact() {
    fn names(value: &Value, into: &mut BTreeSet<String>) {
        if let Value::Object(members) = value {
            for (name, value) in members {
                into.insert(name.clone());
                // What stands in these is the request's own.
                if !["set", "merge", "rename", "roles", "effort_words"].contains(&name.as_str()) {
                    names(value, into);
                }
            }
        }
    }
    let mut all = BTreeSet::new();
    let profiles = Profiles::default();
    for entry in &profiles.list {
        names(&Value::Object(entry.members.clone()), &mut all);
        for refinement in &entry.refinements {
            names(&Value::Object(refinement.members.clone()), &mut all);
        }
    }
    for family in &*profiles.families {
        names(&Value::Object(family.members.clone()), &mut all);
    }
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/profiles.md");
    let docs = std::fs::read_to_string(docs).unwrap();
    let missing = all
        .iter()
        .filter(|name| !docs.contains(&format!("`{name}")) && !docs.contains(&format!("{name}`")));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&String>::new());
}

/// Models that were trained to write calls, and how; on whatever server.
#[test]
fn models_write_calls_in_their_formats() {
    for (model, formats) in [
        ("Qwen/Qwen3-32B", json!(["hermes"])),
        ("Qwen/Qwen3-Coder-30B-A3B-Instruct", json!(["qwen3_coder"])),
        ("google/gemma-3-27b-it", json!(["gemma3"])),
        ("meta-llama/Llama-3.1-8B-Instruct", json!(["llama3_json"])),
        (
            "meta-llama/Llama-3.2-3B-Instruct",
            json!(["llama3_json", "pythonic"]),
        ),
        (
            "nvidia/Llama-3_3-Nemotron-Super-49B-v1",
            json!(["nemotron_deci"]),
        ),
        (
            "nvidia/Llama-3.1-Nemotron-Ultra-253B-v1",
            json!(["nemotron_deci"]),
        ),
        ("Team-ACE/ToolACE-2-Llama-3.1-8B", json!(["pythonic"])),
        ("baidu/ERNIE-4.5-21B-A3B-PT", json!(["ernie45"])),
        ("arcee-ai/Trinity-Mini", json!(["trinity"])),
        ("poolside/Laguna-XS", json!(["poolside_v1"])),
        ("CohereLabs/c4ai-command-r-plus", json!(["cohere_command3"])),
    ] {
        let facts = facts(&shipped(UNKNOWN, "openai", model), model);
        assert_eq!(facts["tools"]["formats"], formats, "{model}");
    }
}

/// What a backend refuses is a fact about it, and the plugins act on it.
#[test]
fn what_is_refused_is_known() {
    let fact = |base: &str, model: &str, pointer: &str| {
        let facts = facts(&shipped(base, "", model), model);
        facts.pointer(pointer).cloned().unwrap_or(Value::Null)
    };
    let anthropic = "https://api.anthropic.com/v1";
    let when_on = fact(anthropic, "claude-sonnet-4-5", "/reasoning/when_on");
    assert_eq!(
        when_on,
        json!({"set": {"temperature": 1}, "drop": ["top_k"]})
    );
    let choice = fact(anthropic, "claude-opus-4-6", "/tools/choice_thinking");
    assert_eq!(choice, json!(["none", "auto"]));
    let orphans = fact(
        "https://api.openai.com/v1",
        "gpt-4.1",
        "/tools/orphan_results",
    );
    assert_eq!(orphans, json!("drop"));
    for base in [
        "https://api.moonshot.ai/v1",
        "https://api.minimax.io/v1",
        "https://dashscope.aliyuncs.com/compatible-mode/v1",
        "https://api.together.xyz/v1",
    ] {
        let role = fact(base, "m", "/request/roles/developer");
        assert_eq!(role, json!("system"), "{base}");
    }
    // Those of xAI that think refuse penalties and `stop`, whether the request says so or not.
    let xai = "https://api.x.ai/v1";
    let penalties = json!({"drop": ["presence_penalty", "frequency_penalty", "stop"]});
    for (model, thinks) in [
        ("grok-4", true),
        ("grok-4-0709", true),
        ("grok-4-fast-reasoning", true),
        ("grok-3-mini", true),
        ("grok-4-fast-non-reasoning", false),
        ("grok-3", false),
    ] {
        let default = fact(xai, model, "/reasoning/default");
        assert_eq!(default == json!(true), thinks, "{model}");
        assert_eq!(fact(xai, model, "/reasoning/when_on"), penalties, "{model}");
    }
    // Its template raises where a system message comes later.
    assert_eq!(
        fact(UNKNOWN, "Qwen/Qwen3.5-27B", "/request/one_system"),
        json!(true)
    );
    assert_eq!(
        fact(UNKNOWN, "Qwen/Qwen3-32B", "/request/one_system"),
        Value::Null
    );
}

#[test]
fn a_host_comes_before_a_provider_before_a_model() {
    for (base, provider, model, expected) in [
        (
            "https://api.deepseek.com/v1",
            "openai",
            "x",
            Some("deepseek"),
        ),
        ("https://API.DeepSeek.com", "groq", "x", Some("deepseek")),
        (UNKNOWN, "groq", "deepseek-v4", Some("groq")),
        (UNKNOWN, "hosted_vllm", "x", Some("vllm")),
        ("http://192.168.0.2:11434/v1", "openai", "x", Some("ollama")),
        ("https://api.z.ai/api/paas/v4", "", "glm-5", Some("zai")),
        (
            "https://api.z.ai/api/coding/paas/v4",
            "zai",
            "glm-5",
            Some("zai-coding"),
        ),
        // `openai/` says which protocol is spoken, not who speaks it.
        (UNKNOWN, "openai", "x", None),
    ] {
        assert_eq!(
            shipped(base, provider, model).name(),
            expected,
            "{base} {provider}"
        );
    }
}

#[test]
fn facts_about_the_model_lie_below_and_above_those_about_the_server() {
    let profile = shipped("https://api.deepseek.com", "", "deepseek-v4-pro");
    let reasoning = &facts(&profile, "deepseek-v4-pro")["reasoning"];
    assert_eq!(reasoning["kwargs"], json!(["thinking"]), "from the family");
    assert_eq!(reasoning["dialect"], "thinking_type", "from the server");
    assert_eq!(reasoning["keep"]["scope"], "tool_calls", "from its models");
    assert_eq!(reasoning["keep"]["field"], "reasoning_content");

    let vllm = shipped(UNKNOWN, "vllm", "openai/gpt-oss-120b");
    let facts = facts(&vllm, "openai/gpt-oss-120b");
    assert_eq!(facts["name"], "vllm");
    assert_eq!(facts["reasoning"]["dialect"], "openai_chat");
    assert_eq!(facts["tools"]["formats"], json!(["openai"]));
}

#[test]
fn a_known_model_on_an_unknown_server_has_its_facts_and_no_name() {
    let profile = shipped(UNKNOWN, "", "Qwen/Qwen3-30B");
    let facts = facts(&profile, "Qwen/Qwen3-30B");
    assert_eq!(facts.get("name"), None);
    assert_eq!(facts["tools"]["formats"], json!(["hermes"]));
    assert_eq!(profile.to_string(), "none (models `qwen3*`)");
    assert_eq!(&*shipped(UNKNOWN, "", "x").text("x"), "{}");
}

#[test]
fn a_wildcard_learns_its_model_with_the_request() {
    let profile = shipped("https://openrouter.ai/api/v1", "openrouter", "*");
    let keep = |model| facts(&profile, model)["reasoning"]["keep"].clone();
    assert_eq!(keep("*")["field"], "reasoning_details");
    assert_eq!(
        keep("deepseek/deepseek-v4-pro")["field"],
        "reasoning_content"
    );
    assert_eq!(
        keep("deepseek/deepseek-v4-pro")["field"],
        "reasoning_content"
    );
    assert_eq!(keep("anthropic/claude-sonnet-4.5")["scope"], "all");
    assert_eq!(
        profile.to_string(),
        "openrouter (host `openrouter.ai`, shipped; the rest depends on the model)"
    );
    // However many names clients make up.
    for i in 0..3 * KEPT {
        profile.text(&format!("model-{i}"));
    }
    assert!(profile.0.others.lock().unwrap().len() <= KEPT);
}

#[test]
fn the_configuration_comes_first() {
    let config = config(
        "
profiles:
  - name: mine
    match: {models: 'deepseek-*'}
    reasoning: {dialect: together}
  - name: groq
    match: {hosts: [groq.example.com]}
    reasoning: {keep: {scope: all}, efforts: null}
    models: [{match: 'x*', tools: {formats: [hermes]}, other: 1}]
model_list:
  - model_name: a
    litellm_params: {model: deepseek-v4, api_base: 'https://api.deepseek.com'}
  - model_name: b
    litellm_params: {model: x1, api_base: 'https://groq.example.com/v1'}
  - model_name: c
    litellm_params: {model: x1, api_base: 'https://groq.example.com/v1', profile: vllm}
  - model_name: d
    litellm_params: {model: deepseek-v4, api_base: 'https://api.deepseek.com', profile: none}
",
    );
    let [a, b, c, d] = &config.deployments[..] else {
        panic!("four models")
    };
    let why = a.profile.to_string();
    assert_eq!(
        why,
        "mine (model `deepseek-*`, c.yaml:3; models `deepseek-v4*`)"
    );
    assert_eq!(
        facts(&a.profile, "deepseek-v4")["reasoning"]["dialect"],
        "together"
    );

    let changed = facts(&b.profile, "x1");
    assert_eq!(
        changed["reasoning"]["keep"],
        json!({"field": "reasoning", "scope": "all", "miss": "nothing"})
    );
    assert_eq!(changed["reasoning"].get("efforts"), None);
    assert_eq!(changed["tools"], json!({"formats": ["hermes"]}));
    assert_eq!(changed["other"], 1);

    assert_eq!(c.profile.to_string(), "vllm (named by the model, shipped)");
    assert_eq!(&*d.profile.text("deepseek-v4"), "{}");
    assert_eq!(d.profile.to_string(), "none");
}

#[test]
fn mistakes_are_reported_where_they_are() {
    let report = read(
        "
profiles:
  - reasoning: {}
  - name: a
  - name: a
  - name: none
  - name: b
    mach: {}
    match: {host: x}
    reasoning: 3
model_list:
  - model_name: m
    litellm_params: {model: m, api_base: 'http://h', profile: opnrouter}
",
    )
    .unwrap_err();
    let mut found = String::new();
    for problem in &report.problems {
        let hint = problem.hint.as_deref().unwrap_or_default();
        writeln!(found, "{}: {} {hint}", problem.line, problem.message).unwrap();
    }
    assert_eq!(
        found,
        "\
3: a profile needs a `name` 
5: the profile `a` is listed twice 
6: `none` stands for no profile 
9: unknown key `host`: it has no effect did you mean `hosts`?
10: `reasoning` must be a map, not the number 3 
13: there is no profile `opnrouter` did you mean `openrouter`?
"
    );
}

//! One file for each family of formats.

mod anthropic;
mod apertus;
mod bare_json;
mod cline;
mod cohere_command3;
mod deepseek_v3;
mod deepseek_v32;
mod functiongemma;
mod gemma3;
mod gemma4;
mod gigachat3;
mod glm4;
mod glm45;
mod granite;
mod hermes;
mod hy_v3;
mod inkling;
mod internlm;
mod jamba;
mod k2_v3;
mod kimi_k2;
mod kimi_k3;
mod lfm2;
mod llama3_json;
mod longcat;
mod minicpm5;
mod minimax_m2;
mod minimax_m3;
mod mistral;
mod nemotron_deci;
mod olmo3;
mod openai;
mod phi4_mini_json;
mod pythonic;
mod qwen3_coder;
mod seed_oss;
mod solar_open2;
mod step3;
mod xlam;

use super::Format;

/// All formats, named as vLLM names its parsers; other servers' names are aliases. The most
/// telling openers come first: where two formats may begin alike, the first that reads the
/// text as a call has it.
pub static FORMATS: &[&Format] = &[
    &deepseek_v32::FORMAT,
    &deepseek_v3::FORMAT,
    &step3::FORMAT,
    &minimax_m3::FORMAT,
    &k2_v3::FORMAT,
    &kimi_k3::FORMAT,
    &kimi_k2::FORMAT,
    &longcat::FORMAT,
    &solar_open2::FORMAT,
    &lfm2::FORMAT,
    &gemma4::FORMAT,
    &functiongemma::FORMAT,
    &mistral::FORMAT,
    &phi4_mini_json::FORMAT,
    &nemotron_deci::FORMAT,
    &llama3_json::FORMAT,
    &cohere_command3::FORMAT,
    &internlm::FORMAT,
    &apertus::FORMAT,
    &inkling::FORMAT,
    &gigachat3::FORMAT,
    &openai::FORMAT,
    &pythonic::FORMAT,
    &jamba::FORMAT,
    &olmo3::FORMAT,
    &anthropic::FORMAT,
    &minimax_m2::FORMAT,
    &hermes::FORMAT,
    &granite::FORMAT,
    &qwen3_coder::FORMAT,
    &seed_oss::FORMAT,
    &hy_v3::FORMAT,
    &glm45::FORMAT,
    &minicpm5::FORMAT,
    &cline::FORMAT,
    &xlam::FORMAT,
    &bare_json::FORMAT,
    &gemma3::FORMAT,
    &glm4::FORMAT,
];

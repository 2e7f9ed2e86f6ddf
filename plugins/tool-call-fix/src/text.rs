//! JSON strings, for what is written piece by piece.

use alloc::string::String;

use yallmp_sdk::Json;

/// Appends `plain` as it stands between the quotes of a JSON string.
pub fn escape(plain: &str, out: &mut String) {
    let needs = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    if plain.bytes().any(needs) {
        let quoted = Json::from(plain).to_text();
        out.push_str(&quoted[1..quoted.len() - 1]);
    } else {
        out.push_str(plain);
    }
}

/// `plain` as a JSON string.
pub fn quote(plain: &str) -> String {
    Json::from(plain).to_text()
}

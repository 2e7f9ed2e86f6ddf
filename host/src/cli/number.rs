//! Numbers on the command line, with errors that say what is wanted.

use std::str::FromStr;

pub fn port(text: &str) -> Result<u16, String> {
    let wanted = "a port is a number from 0 to 65535, 0 for any free one";
    text.parse().map_err(|_| wanted.to_owned())
}

pub fn whole<T: FromStr>(text: &str) -> Result<T, String> {
    let wanted = "a whole number is wanted, such as 0 or 20";
    text.parse().map_err(|_| wanted.to_owned())
}

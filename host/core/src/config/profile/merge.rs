use serde_json::{Map, Value};

/// Lay members over others: objects are merged, all else is replaced, null takes away.
pub fn lay(over: &Map<String, Value>, onto: &mut Map<String, Value>) {
    for (name, value) in over {
        match (value, onto.get_mut(name)) {
            (Value::Null, _) => {
                onto.shift_remove(name);
            }
            (Value::Object(over), Some(Value::Object(onto))) => lay(over, onto),
            (value, _) => {
                onto.insert(name.clone(), value.clone());
            }
        }
    }
}

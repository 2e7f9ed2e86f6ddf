//! `GET /v1/models` and `GET /v1/models/{id}`, in OpenAI's shape with LiteLLM's meaning: a
//! model is a `model_name` that can be asked for, or an alias of one.
//!
//! A wildcard (`openai/*`) is no model, so it is listed only on demand
//! (`?return_wildcard_routes=true`, as in LiteLLM); a name that it matches can be shown.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use serde_json::{Value, json};
use tokio::time::Instant;
use yallmp_core::exchange::Gateway;

use super::App;
use super::errors::ApiError;
use super::segment::Segment;

/// What LiteLLM says of every model; clients compare it at most.
const CREATED: u64 = 1_677_610_602;
const OWNED_BY: &str = "openai";

pub async fn list(State(app): State<Arc<App>>, RawQuery(query): RawQuery) -> Json<Value> {
    let query = query.unwrap_or_default();
    let wildcards = query
        .split('&')
        .any(|pair| pair == "return_wildcard_routes=true");
    let gateway = app.gateway();
    let data: Vec<_> = names(&gateway)
        .into_iter()
        .filter(|name| wildcards || !name.contains('*'))
        .map(model)
        .collect();
    Json(json!({"object": "list", "data": data}))
}

pub async fn show(
    State(app): State<Arc<App>>,
    Segment(id): Segment,
) -> Result<Json<Value>, ApiError> {
    // Nothing is sent: a plan only says that there is somewhere to send to.
    app.gateway().router.plan(&id, Instant::now())?;
    Ok(Json(model(&id)))
}

/// Names of models with a usable deployment, in the order of the file; then their aliases.
fn names(gateway: &Gateway) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    let deployments = gateway.config.deployments.iter();
    for deployment in deployments.filter(|d| d.disabled.is_none()) {
        if !names.contains(&deployment.model_name.as_str()) {
            names.push(&deployment.model_name);
        }
    }
    for alias in gateway.config.router.aliases.keys() {
        let is_usable = gateway.router.plan(alias, Instant::now()).is_ok();
        if is_usable && !names.contains(&alias.as_str()) {
            names.push(alias);
        }
    }
    names
}

fn model(id: &str) -> Value {
    json!({"id": id, "object": "model", "created": CREATED, "owned_by": OWNED_BY})
}

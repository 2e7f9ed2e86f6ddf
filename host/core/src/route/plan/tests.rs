mod cooling;
mod properties;
mod steps;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::super::health::Health;
use super::super::{Phase, Router};
use super::*;
use crate::config::{Backend, Config};
use crate::upstream::UpstreamError;

fn deployment(id: &str) -> Deployment {
    let model = id.split('#').next().unwrap();
    let mut deployment = Deployment::new(model, Backend::Demo);
    deployment.id = id.to_owned();
    deployment.target_model = format!("target-{model}");
    deployment
}

/// Deployments in a fixed order: the first is tried first. No jitter matters.
fn config(deployments: impl IntoIterator<Item = Deployment>) -> Config {
    let deployments = deployments
        .into_iter()
        .enumerate()
        .map(|(place, mut deployment)| {
            // Far apart enough that the shuffle keeps the order, unless a test chose.
            if deployment.weight == 1 {
                deployment.weight = u32::MAX >> (16 * place).min(31);
            }
            Arc::new(deployment)
        })
        .collect();
    let mut config = Config {
        deployments,
        ..Config::default()
    };
    config.router.tries = 2;
    config.router.allowed_fails = 100;
    config
}

fn ids(ids: &[&str]) -> Config {
    config(ids.iter().map(|id| deployment(id)))
}

fn list(models: &[&str]) -> Vec<String> {
    models.iter().map(|model| (*model).to_owned()).collect()
}

fn router(config: &Config) -> Router {
    Router::seeded(config, &Health::default(), 7)
}

fn status(status: u16, headers: &[(&'static str, &str)], body: &str) -> Failure {
    Failure::Status {
        status: StatusCode::from_u16(status).unwrap(),
        headers: headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

fn refused() -> Failure {
    Failure::Upstream(UpstreamError::Connect("refused".to_owned()))
}

/// Play one request; each try ends with what `answer` says of (deployment, target). Returns
/// the tries and the error, if none was good.
fn play(
    router: &Router,
    model: &str,
    now: Instant,
    mut answer: impl FnMut(&Candidate, Duration) -> Option<Failure>,
) -> (Vec<String>, Option<ProxyError>) {
    let mut plan = match router.plan(model, now) {
        Ok(plan) => plan,
        Err(error) => return (Vec::new(), Some(error)),
    };
    let mut tries = Vec::new();
    let mut failure = None;
    loop {
        let (candidate, wait) = match plan.next(failure.as_ref(), now) {
            Step::Try {
                candidate, wait, ..
            } => (candidate, wait),
            Step::GiveUp(error) => return (tries, Some(error)),
        };
        tries.push(candidate.deployment.id.clone());
        failure = answer(&candidate, wait);
        let result = failure.as_ref().map_or(Ok(()), Err);
        router.report(&candidate.deployment, result, now);
        if failure.is_none() {
            return (tries, None);
        }
    }
}

//! When a deployment cooled down, for those who look back.

use std::collections::VecDeque;

use tokio::time::Instant;

/// Remembered of one deployment; of more the oldest are forgotten. With a minute for each,
/// that is a night of nothing else.
const MOST: usize = 500;

/// A stretch of time in which a deployment was not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cooldown {
    pub began: Instant,
    /// In the future while it lasts.
    pub until: Instant,
}

/// The cool-downs of one deployment, the oldest first.
#[derive(Debug, Default)]
pub(super) struct History(VecDeque<Cooldown>);

impl History {
    pub fn begin(&mut self, began: Instant, until: Instant) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(Cooldown { began, until });
    }

    /// The deployment can be asked again, perhaps sooner than was thought.
    pub fn end(&mut self, now: Instant) {
        if let Some(last) = self.0.back_mut() {
            last.until = last.until.min(now);
        }
    }

    pub fn all(&self) -> Vec<Cooldown> {
        self.0.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_end_is_never_later_than_was_thought() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut history = History::default();
        history.end(at(0));
        history.begin(at(1), at(10));
        history.end(at(4));
        history.begin(at(20), at(30));
        history.end(at(40));
        let spans = [(1, 4), (20, 30)].map(|(began, until)| Cooldown {
            began: at(began),
            until: at(until),
        });
        assert_eq!(history.all(), spans);
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let start = Instant::now();
        let mut history = History::default();
        for n in 0..2 * MOST as u64 {
            let began = start + Duration::from_secs(n);
            history.begin(began, began + Duration::from_secs(1));
        }
        let all = history.all();
        assert_eq!(all.len(), MOST);
        assert_eq!(all[0].began, start + Duration::from_secs(MOST as u64));
    }
}

//! A process under observation: its CPU time and memory, from `/proc`. Where there is no
//! `/proc` the figures are absent.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

/// A child process, ended when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// How to end it when a signal to the child alone would leave its own children behind.
    stop: Option<Command>,
}

impl Process {
    pub fn spawn(command: &mut Command) -> Result<Self> {
        let child = command
            .spawn()
            .with_context(|| format!("start {:?}", command.get_program()))?;
        Ok(Self { child, stop: None })
    }

    pub fn stop_with(mut self, stop: Command) -> Self {
        self.stop = Some(stop);
        self
    }

    /// Starts a part of this program as a process of its own, which says where it listens.
    pub fn part(args: &[&str]) -> Result<(Self, SocketAddr)> {
        let mut command = Command::new(std::env::current_exe()?);
        // The part ends when its standard input does: never left behind.
        command
            .arg("part")
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut process = Self::spawn(&mut command)?;
        let stdout = process
            .child
            .stdout
            .take()
            .context("standard output of a part")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line
            .trim()
            .parse()
            .with_context(|| format!("{args:?} did not say where it listens"))?;
        Ok((process, address))
    }

    pub fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    pub fn usage(&self) -> Usage {
        Usage::of(&tree(self.child.id()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let stopped = self
            .stop
            .as_mut()
            .is_some_and(|stop| stop.status().is_ok_and(|s| s.success()));
        if !stopped {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// What a process and its children have used.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    pub cpu: Option<Duration>,
    /// The most memory ever, in bytes.
    pub peak: Option<u64>,
}

impl Usage {
    pub fn own() -> Self {
        Self::of(&[std::process::id()])
    }

    fn of(pids: &[u32]) -> Self {
        Self {
            cpu: pids.iter().map(|&pid| cpu(pid)).sum(),
            peak: pids.iter().map(|&pid| memory(pid, "VmHWM:")).sum(),
        }
    }
}

/// The scheduler's own count for each thread, in nanoseconds: `/proc/<pid>/stat` only has
/// ticks of 10 ms. Threads that have ended are not in it.
fn cpu(pid: u32) -> Option<Duration> {
    let mut sum = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten() {
        // A thread may end between the listing and the reading.
        let Ok(text) = fs::read_to_string(task.path().join("schedstat")) else {
            continue;
        };
        sum += text.split_whitespace().next()?.parse::<u64>().ok()?;
    }
    Some(Duration::from_nanos(sum))
}

fn memory(pid: u32, key: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    Some(
        line.trim()
            .trim_end_matches("kB")
            .trim()
            .parse::<u64>()
            .ok()?
            << 10,
    )
}

/// A process and all below it.
fn tree(root: u32) -> Vec<u32> {
    let mut pids = vec![root];
    let mut at = 0;
    while let Some(pid) = pids.get(at) {
        let children =
            fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        pids.extend(
            children
                .split_whitespace()
                .filter_map(|child| child.parse::<u32>().ok()),
        );
        at += 1;
    }
    pids
}

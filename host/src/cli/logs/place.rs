//! Where the logs are, and the proxy that writes them.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use yallmp_core::config::Config;
use yallmp_log::index::{IndexError, Ingest, Reader};

use super::super::ConfigArg;
use crate::config_file::{ConfigFile, ProcessEnv};

#[derive(Debug, Default, Args)]
pub struct Place {
    /// Folder of the logs [default: as in the configuration, else logs/requests]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    #[command(flatten)]
    pub config: ConfigArg,
}

impl Place {
    pub fn folder(&self) -> anyhow::Result<PathBuf> {
        match &self.dir {
            Some(dir) => Ok(dir.clone()),
            None => Ok(self.config()?.request_log.dir),
        }
    }

    /// The configuration; the default one if there is no file and none was named.
    pub fn config(&self) -> anyhow::Result<Config> {
        let path = ConfigFile::find(self.config.config.as_deref(), &ProcessEnv);
        if self.config.config.is_none() && !path.exists() {
            return Ok(Config::default());
        }
        Ok(ConfigFile::read(&path)?.load(&ProcessEnv)?.config)
    }

    /// The index of the folder, up to date: a proxy that runs sees to that, else it is done here.
    pub fn index(&self) -> anyhow::Result<Reader> {
        let folder = self.folder()?;
        let name = folder.display();
        if !folder.is_dir() {
            anyhow::bail!(
                "there are no logs in `{name}`: there is no such folder\nhint: name it with --dir, or a configuration with --config"
            );
        }
        match Ingest::open(&folder) {
            // Somebody writes it, and may just have begun.
            Ok(None) => return made(&folder),
            Ok(Some(mut ingest)) => {
                let mut said = false;
                let progress = |left: usize| {
                    if left > MANY && !std::mem::replace(&mut said, true) {
                        eprintln!("reading {left} logs that are not in the index yet");
                    }
                };
                ingest
                    .catch_up(progress)
                    .with_context(|| format!("cannot bring the index in `{name}` up to date"))?;
            }
            // A folder of somebody else can be read all the same.
            Err(error) => eprintln!("the index in `{name}` may be behind: {error}"),
        }
        Ok(Reader::open(&folder))
    }
}

/// An index that another process makes, as soon as all is in it that is in the folder.
fn made(folder: &Path) -> anyhow::Result<Reader> {
    let reader = Reader::open(folder);
    let name = folder.display();
    let until = Instant::now() + PATIENCE;
    loop {
        let behind = match reader.behind() {
            Ok(0) => return Ok(reader),
            Err(IndexError::Missing(_)) => None,
            behind => Some(behind?),
        };
        match behind {
            _ if Instant::now() < until => thread::sleep(LOOK),
            Some(behind) => {
                eprintln!("the index in `{name}` is {behind} logs behind; they are not shown");
                return Ok(reader);
            }
            None => anyhow::bail!(
                "there is no index of the logs in `{name}`: the process that holds `.index.lock` there, a proxy perhaps, does not make it; what it says on standard error tells why"
            ),
        }
    }
}

/// How long another process may take to bring the index up to date, and how often we look.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(50);
/// So many logs take long enough to say so.
const MANY: usize = 2000;

//! Where the logs are, and the proxy that writes them.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use yallmp_core::config::Config;
use yallmp_log::index::{Ingest, Reader};

use super::super::ConfigArg;
use crate::config_file::{ConfigFile, ProcessEnv};

#[derive(Debug, Args)]
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
            // Somebody writes it.
            Ok(None) => {}
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

/// So many logs take long enough to say so.
const MANY: usize = 2000;

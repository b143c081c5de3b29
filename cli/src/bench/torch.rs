//! PyTorch as a child process, which computes the same network when it is asked to, so that it
//! takes its turn among the others.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use diffae::config::ModelConfig;

use super::competitor::Times;
use crate::error::ToolError;

/// The child's program.
#[derive(Debug, Clone, Copy)]
pub(super) enum Driver {
    /// Encodes and steps of the U-Net. Settings: a file of weights, if any.
    Sampling,
    /// Training steps. Settings: batch, norm to clip to, and decay of the moving average.
    Training,
}

impl Driver {
    fn program(self) -> &'static str {
        match self {
            Self::Sampling => concat!(
                include_str!("torch_common.py"),
                include_str!("torch_step.py")
            ),
            Self::Training => {
                concat!(
                    include_str!("torch_common.py"),
                    include_str!("torch_training.py")
                )
            }
        }
    }
}

pub(super) struct Torch {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
    name: String,
}

impl Torch {
    /// Starts Python on a file with the networks. Fails with what the child said where it does not
    /// come up, as without PyTorch.
    pub(super) fn start(
        python: &Path,
        driver: Driver,
        networks: &Path,
        config: &ModelConfig,
        threads: usize,
        settings: &[impl AsRef<OsStr>],
    ) -> Result<Self, ToolError> {
        let config = serde_json::to_string(config).map_err(|e| ToolError::Torch(e.to_string()))?;
        let mut command = Command::new(python);
        command
            .args(["-c", driver.program()])
            .arg(networks)
            .arg(config);
        command.arg(threads.to_string()).args(settings);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child
            .map_err(|e| ToolError::Torch(format!("{} does not run: {e}", python.display())))?;
        let (Some(ask), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(ToolError::Torch("it has no pipes".to_owned()));
        };
        let mut torch = Self {
            child,
            ask,
            answers: BufReader::new(answers),
            name: String::new(),
        };
        torch.name = torch.answer()?;
        Ok(torch)
    }

    /// Version and settings.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// One encode, and as many steps as an edit has.
    pub(super) fn round(&mut self, steps: usize) -> Result<Times, ToolError> {
        match self.ask(&steps.to_string())?.as_slice() {
            [encode, steps @ ..] => Ok(Times {
                steps: steps.to_vec(),
                encodes: vec![*encode],
                edits: Vec::new(),
            }),
            [] => Err(no_times()),
        }
    }

    /// The seconds that the child answers a line with.
    pub(super) fn ask(&mut self, line: &str) -> Result<Vec<f64>, ToolError> {
        let gone = |e: std::io::Error| ToolError::Torch(e.to_string());
        writeln!(self.ask, "{line}").map_err(gone)?;
        self.ask.flush().map_err(gone)?;
        let numbers: Result<Vec<f64>, _> = self.answer()?.split(' ').map(str::parse).collect();
        numbers.map_err(|_| no_times())
    }

    /// The child's next line. It says what is wrong in a line of its own.
    fn answer(&mut self) -> Result<String, ToolError> {
        let mut line = String::new();
        let read = self.answers.read_line(&mut line);
        match (read, line.trim_end().split_once(' ')) {
            (Ok(_), Some(("ok", answer))) => Ok(answer.to_owned()),
            (Ok(_), Some(("failed", reason))) => Err(ToolError::Torch(reason.to_owned())),
            _ => Err(ToolError::Torch(
                "Python ended without an answer".to_owned(),
            )),
        }
    }
}

fn no_times() -> ToolError {
    ToolError::Torch("it answered no times".to_owned())
}

impl Drop for Torch {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! Text messages leave through one of these gateways.

use std::sync::{Arc, Mutex, PoisonError};

use crate::kernel::{Error, Result};

/// Where text messages go.
#[derive(Clone, Debug)]
pub enum Sms {
    /// Printed for whoever runs the demo.
    Console,
    /// Kept, for tests.
    Memory(Arc<Mutex<Vec<(String, String)>>>),
    /// Handed to a program of the operator: its input is the phone in the first line and then the
    /// text. (Arguments of a process can be read by everybody on the machine.)
    Program(String),
}

impl Sms {
    /// A gateway that keeps everything.
    pub fn memory() -> Self {
        Self::Memory(Arc::default())
    }

    /// What a gateway of that kind has kept.
    pub fn kept(&self) -> Vec<(String, String)> {
        match self {
            Self::Memory(kept) => kept.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Self::Console | Self::Program(_) => Vec::new(),
        }
    }

    /// Sends a text.
    #[expect(clippy::print_stdout, reason = "the demo's text messages are read there")]
    pub async fn send(&self, phone: &str, text: &str) -> Result<()> {
        match self {
            Self::Console => println!("  [SMS to {phone}] {text}"),
            Self::Memory(kept) => kept
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((phone.to_owned(), text.to_owned())),
            Self::Program(program) => run(program, phone, text).await?,
        }
        Ok(())
    }
}

async fn run(program: &str, phone: &str, text: &str) -> Result<()> {
    use std::process::Stdio;

    use tokio::{io::AsyncWriteExt, process::Command};

    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| Error::internal(format!("sms program: {e}")))?;
    if let Some(mut stdin) = child.stdin.take() {
        let input = format!("{phone}\n{text}");
        stdin.write_all(input.as_bytes()).await.map_err(Error::internal)?;
    }
    let ended = tokio::time::timeout(std::time::Duration::from_secs(30), child.wait())
        .await
        .map_err(|_| Error::internal("sms program: no end within 30 s"))?
        .map_err(Error::internal)?;
    if ended.success() { Ok(()) } else { Err(Error::internal(format!("sms program: {ended}"))) }
}

//! A lean HTTP/1.1 client: it shares two cores with the server and the database, so what it costs
//! is taken from them. Kept-alive connections, prebuilt requests, answers checked for errors.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::{Problem, work::Script};

/// What a run measured.
#[derive(Clone, Copy, Debug, Default)]
pub struct Measured {
    /// Scripts done per second.
    pub per_second: f64,
    /// Scripts done.
    pub done: u64,
    /// Median in milliseconds.
    pub p50: f64,
    /// 99th percentile in milliseconds.
    pub p99: f64,
}

/// Runs one script per connection again and again for `time`.
pub async fn run(
    address: SocketAddr,
    scripts: Vec<Script>,
    time: Duration,
) -> Result<Measured, Problem> {
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for script in scripts {
        tasks.spawn(connection(address, script, began + time));
    }
    let mut times = Vec::new();
    while let Some(done) = tasks.join_next().await {
        times.extend(done??);
    }
    let seconds = began.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |percent: usize| {
        let index = (times.len() * percent).div_ceil(100).max(1) - 1;
        times.get(index).map_or(0.0, Duration::as_secs_f64) * 1000.0
    };
    let done = u64::try_from(times.len())?;
    Ok(Measured { per_second: as_f64(done) / seconds, done, p50: at(50), p99: at(99) })
}

/// Counts are far below the 2^53 that a float holds.
#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark")]
pub fn as_f64(n: u64) -> f64 {
    n as f64
}

async fn connection(
    address: SocketAddr,
    mut script: Script,
    until: Instant,
) -> Result<Vec<Duration>, Problem> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut times = Vec::new();
    let mut buffer = Vec::with_capacity(64 * 1024);
    while Instant::now() < until {
        let requests = script.next();
        let began = Instant::now();
        for request in &requests {
            stream.write_all(request).await?;
            answer(&mut stream, &mut buffer).await?;
        }
        times.push(began.elapsed());
    }
    Ok(times)
}

/// Reads one answer with a Content-Length and refuses anything but success.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<(), Problem> {
    buffer.clear();
    let (head, length) = loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err("the server closed the connection".into());
        }
        if let Some(end) = find(buffer, b"\r\n\r\n") {
            let head = std::str::from_utf8(&buffer[..end])?.to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|l| l.strip_prefix("content-length:"))
                .ok_or("an answer without its length")?;
            break (end + 4, length.trim().parse::<usize>()?);
        }
    };
    while buffer.len() < head + length {
        if stream.read_buf(buffer).await? == 0 {
            return Err("the server closed the connection".into());
        }
    }
    let body = &buffer[head..];
    let refused =
        [&b"\"errors\":[{"[..], b"serviceRequest\":null", b"appointment\":null", b"claim\":null"]
            .into_iter()
            .any(|sign| find(body, sign).is_some());
    if !buffer.starts_with(b"HTTP/1.1 200") || refused {
        return Err(format!("refused: {}", String::from_utf8_lossy(body)).into());
    }
    Ok(())
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|w| w == part)
}

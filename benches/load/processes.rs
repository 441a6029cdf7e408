//! CPU time of the processes at work, from `/proc`.

use std::fs;

/// Clock ticks per second of `/proc/*/stat`; fixed on Linux.
const TICKS: f64 = 100.0;

/// CPU seconds of a process, of its threads, and of the children that it has waited for and has.
pub fn cpu_seconds(pid: u32) -> f64 {
    own(pid) + children(pid).into_iter().map(own).sum::<f64>()
}

/// The fields behind the name, which may hold spaces.
fn fields(pid: u32) -> Vec<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let rest = text.rsplit(')').next().unwrap_or_default();
    rest.split_whitespace().map(str::to_owned).collect()
}

fn own(pid: u32) -> f64 {
    // utime, stime, cutime, cstime are fields 14 to 17 of proc_pid_stat(5).
    fields(pid).iter().skip(11).take(4).filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / TICKS
}

fn children(parent: u32) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .filter_map(|e| e.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| fields(*pid).get(1).and_then(|p| p.parse().ok()) == Some(parent))
        .collect()
}

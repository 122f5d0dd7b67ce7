//! Processes that do what they are told in lines, and tell a number.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use rustix::thread::{ClockId, CpuSet, sched_getaffinity, sched_setaffinity};

pub const ROLE: &str = "COMMONHOLD_BENCH_ROLE";
const CPU: &str = "COMMONHOLD_BENCH_CPU";

/// The CPUs that this process may use.
pub fn cpus() -> Vec<usize> {
    let set = sched_getaffinity(None).unwrap();
    let all = 0..CpuSet::MAX_CPU;
    all.filter(|cpu| set.is_set(*cpu)).collect()
}

/// The monotonic clock, which is the same for all processes.
pub fn now() -> Duration {
    let now = rustix::time::clock_gettime(ClockId::Monotonic);
    Duration::new(
        u64::try_from(now.tv_sec).unwrap(),
        u32::try_from(now.tv_nsec).unwrap(),
    )
}

/// In a worker, before anything else: what a library may find out about CPUs is what is true from then on.
pub fn settle() {
    if let Ok(cpu) = env::var(CPU) {
        let mut set = CpuSet::new();
        set.set(cpu.parse().unwrap());
        sched_setaffinity(None, &set).unwrap();
    }
}

/// Does what the lines say: a few words and a number.
pub fn serve(mut work: impl FnMut(&str, u64) -> u64) {
    let mut line = String::new();
    while std::io::stdin().read_line(&mut line).unwrap() > 0 {
        let (what, number) = line.trim().rsplit_once(' ').unwrap();
        println!("{}", work(what, number.parse().unwrap()));
        line.clear();
    }
}

pub struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Worker {
    pub fn start(root: &Path, role: &str, cpu: Option<usize>, more: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.env(ROLE, role).env("COMMONHOLD_ROOT", root);
        if let Some(cpu) = cpu {
            command.env(CPU, cpu.to_string());
        }
        let mut child = command
            .envs(more.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    pub fn tell(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    pub fn hear(&mut self) -> u64 {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim().parse().expect("the worker ended")
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.input.take());
        // After a panic the others may wait for each other.
        if std::thread::panicking() {
            let _ = self.child.kill();
        }
        self.child.wait().unwrap();
    }
}

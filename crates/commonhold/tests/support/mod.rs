//! Tests with real processes: each in a namespace of its own, under a watchdog, and with nothing left behind.
//!
//! A test runs in a process of its own, which the test binary starts by running itself; that process starts
//! further ones of the same test in *roles*. Processes talk to their parent in lines.

#![allow(dead_code, reason = "no test file uses all of it")]

use std::any::type_name;
use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::FileExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long a test may take before it counts as stuck. None takes a tenth of it, but where it lasts as long as
/// it is told.
fn watchdog() -> Duration {
    Duration::from_secs(120) + storm_seconds().unwrap_or_default()
}

const TEST: &str = "COMMONHOLD_TEST";
const ROLE: &str = "COMMONHOLD_TEST_ROLE";
/// Tells lines of the protocol from those of the test harness.
const MARK: &str = "@@ ";

/// The role of the process that a test starts with.
pub const MAIN: &str = "main";

/// Runs a test in a process, and a namespace, of its own. The body is given the role that its process has.
pub fn isolated<F: Fn(&str)>(body: F) {
    let name = test_name::<F>();
    if env::var_os(TEST).is_some() {
        body(&env::var(ROLE).expect("a role"));
        return;
    }
    let root = Root::new();
    let child = command(&name, MAIN)
        .env(TEST, &name)
        .env("COMMONHOLD_ROOT", &root.0)
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the test binary runs");
    let group = Group(child.id());
    let (done, finished) = mpsc::channel();
    let waiter = thread::spawn(move || done.send(child.wait_with_output()));
    let output = finished.recv_timeout(watchdog()).unwrap_or_else(|_| {
        let stuck = group.processes();
        drop(group);
        panic!("{name} is stuck:\n{stuck}");
    });
    let output = output.expect("output");
    waiter.join().unwrap().unwrap();
    let left: Vec<OsString> = root.entries();
    let said =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(
        output.status.success(),
        "{name}: {}\n{}",
        output.status,
        said.join("\n")
    );
    // What it tells of itself.
    eprint!("{}", said[1]);
    assert!(left.is_empty(), "{name} left {left:?} in its namespace");
}

/// The test that a closure of it is in: `module::test`.
fn test_name<F>() -> String {
    let name = type_name::<F>();
    let name = name.split_once("::").expect("a crate").1;
    name.trim_end_matches("::{{closure}}").into()
}

/// This binary, to run one test of it in a role.
fn command(test: &str, role: &str) -> Command {
    let mut command = Command::new(env::current_exe().expect("the test binary"));
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ROLE, role);
    command
}

/// How long storms were told to last.
pub fn storm_seconds() -> Option<Duration> {
    let wanted = std::env::var("COMMONHOLD_STORM_SECONDS").ok()?;
    Some(Duration::from_secs(wanted.parse().expect("a number")))
}

/// A directory in memory that stands in for `/dev/shm`.
pub struct Root(pub PathBuf);

impl Root {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = format!("/dev/shm/commonhold-test-{}-{count}", std::process::id());
        fs::create_dir(&path).expect("a new directory in /dev/shm");
        Self(path.into())
    }

    /// What is in its namespaces.
    fn entries(&self) -> Vec<OsString> {
        let list = |path: &Path| fs::read_dir(path).into_iter().flatten().flatten();
        list(&self.0)
            .filter(|directory| {
                directory
                    .file_name()
                    .as_encoded_bytes()
                    .starts_with(b"commonhold.")
            })
            .flat_map(|namespace| list(&namespace.path()))
            .map(|entry| entry.file_name())
            .collect()
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A process group that ends with this value.
struct Group(u32);

impl Group {
    /// What each of its processes is doing.
    fn processes(&self) -> String {
        let mut shown = String::new();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let read = |file| fs::read_to_string(entry.path().join(file)).unwrap_or_default();
            let stat = read("stat");
            let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
            if after_name.split(' ').nth(3) == Some(&self.0.to_string()) {
                let arguments = read("cmdline").replace('\0', " ");
                let (asleep_in, call) = (read("wchan"), read("syscall"));
                let _ = writeln!(
                    shown,
                    "{arguments}: {after_name:.3} in {asleep_in}, call {call}"
                );
            }
        }
        shown
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = i32::try_from(self.0)
            .ok()
            .and_then(rustix::process::Pid::from_raw)
        {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

/// A further process of the test. It is killed when this is dropped.
pub struct Role {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Role {
    /// Starts a process that runs the test's body in this role.
    pub fn start(role: &str) -> Self {
        Self::start_with(role, |command| command)
    }

    /// Starts a process in this role, with changes to how it is started.
    pub fn start_with(role: &str, change: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let test = env::var(TEST).expect("roles are started by an isolated test");
        let mut command = command(&test, role);
        change(&mut command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().expect("the test binary runs");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("piped"));
        Self {
            child,
            input,
            output,
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line that the process says.
    pub fn hear(&mut self) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            assert_ne!(
                self.output.read_line(&mut line).expect("text"),
                0,
                "the process ended"
            );
            // The harness prints the test's name without ending the line.
            if let Some(at) = line.find(MARK) {
                return line[at + MARK.len()..].trim_end().into();
            }
        }
    }

    /// Waits until the process says exactly this.
    pub fn expect(&mut self, line: &str) {
        assert_eq!(self.hear(), line);
    }

    /// Says a line to the process.
    pub fn say(&mut self, line: &str) {
        writeln!(self.input.as_mut().expect("still open"), "{line}").expect("the process listens");
    }

    /// Kills the process, which must be alive, as hard as that can be done, and waits until it is gone.
    pub fn kill(mut self) {
        let ended = self.child.try_wait().expect("a status");
        assert_eq!(ended, None, "the process ended before it was killed");
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }

    /// Lets the process come to its end, whatever that is.
    pub fn end(mut self) -> ExitStatus {
        drop(self.input.take());
        let mut rest = String::new();
        while self.output.read_line(&mut rest).expect("text") > 0 {}
        self.child.wait().expect("a status")
    }

    /// Lets the process come to its end, which must be a good one.
    pub fn finish(mut self) {
        drop(self.input.take());
        let mut rest = String::new();
        while self.output.read_line(&mut rest).expect("text") > 0 {}
        let status = self.child.wait().expect("a status");
        assert!(status.success(), "{status}: {rest}");
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Replaces this process's program by another one, which is this binary in another role.
pub fn become_role(role: &str) -> ! {
    let test = env::var(TEST).expect("roles are started by an isolated test");
    let error = command(&test, role).exec();
    panic!("the test binary runs: {error}");
}

/// Says a line to the parent, from a process in a role.
pub fn say(line: &str) {
    println!("{MARK}{line}");
}

/// Waits for a line from the parent, in a process in a role; `None` once the parent is done.
pub fn hear() -> Option<String> {
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line).expect("text");
    (read > 0).then(|| line.trim_end().into())
}

/// Waits until the parent ends the process's input.
pub fn until_told() {
    while hear().is_some() {}
}

/// A directory of the test's own for files, in its root, which goes with it.
pub fn scratch() -> PathBuf {
    let path = Path::new(&env::var_os("COMMONHOLD_ROOT").expect("isolated")).join("files");
    let _ = fs::create_dir(&path);
    path
}

/// The file of a named object in this process's own namespace, for names that are file names as they are.
pub fn entry(name: &str) -> PathBuf {
    let root = PathBuf::from(env::var_os("COMMONHOLD_ROOT").expect("isolated"));
    let user = rustix::process::geteuid().as_raw();
    root.join(format!("commonhold.{user}")).join(name)
}

/// Overwrites bytes of an object's control page, as a damaged or foreign file has them.
pub fn patch(entry: &Path, offset: u64, bytes: &[u8]) {
    let file = File::options().write(true).open(entry).expect("an entry");
    let len = file.metadata().expect("a size").len();
    let page = rustix::param::page_size() as u64;
    file.write_all_at(bytes, len - page + offset)
        .expect("written");
}

/// Where the control page has the layout's version.
pub const VERSION_AT: u64 = 8;
/// Where the control page has the object's type.
pub const TYPE_AT: u64 = 12;
/// The number of a type that is not a section.
pub const MUTEX: u32 = 2;

/// Whether this is root, who can mount and become others. Says so if not, since the rest of the test is left
/// out.
pub fn is_root(left_out: &str) -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        eprintln!("skipped, since only root can do it: {left_out}");
    }
    is_root
}

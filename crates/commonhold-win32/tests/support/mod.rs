//! C and C++ programs that are built against the headers and the library of this crate, and run in a namespace of their
//! own under a watchdog.

#![allow(dead_code, reason = "no test file uses all of it")]

use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long a program may take before it counts as stuck; none takes a tenth of it.
const WATCHDOG: Duration = Duration::from_secs(120);

/// Where the conformance programs are.
pub fn conformance() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance")
}

/// Where the headers are.
pub fn include() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("include")
}

/// Where cargo has put the library.
pub fn library() -> PathBuf {
    let test = env::current_exe().expect("the test binary");
    let directory = test.parent().expect("a directory").to_owned();
    assert!(
        directory.join("libcommonhold_win32.so").exists(),
        "cargo builds the library beside the tests"
    );
    directory
}

fn count() -> u32 {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed)
}

/// What a program is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    C11,
    Cpp17,
}

/// A program that was built, in a directory that goes with it.
pub struct Built {
    directory: PathBuf,
    program: PathBuf,
}

impl Built {
    /// Builds it with the machine's compiler.
    pub fn new(source: &Path, language: Language, flags: &[&str]) -> Self {
        Self::with(compiler(language), source, language, flags)
    }

    /// Builds it with this compiler: `cc -I include x.c -L target -lcommonhold_win32`, warnings being errors.
    pub fn with(compiler: &str, source: &Path, language: Language, flags: &[&str]) -> Self {
        let directory =
            env::temp_dir().join(format!("commonhold-c-{}-{}", std::process::id(), count()));
        fs::create_dir(&directory).expect("a new directory");
        let program = directory.join("program");
        let library = library();
        let output = Command::new(compiler)
            .args([
                standard(language),
                "-O1",
                "-g",
                "-Wall",
                "-Wextra",
                "-Werror",
            ])
            .args(flags)
            .arg("-I")
            .arg(include())
            .arg("-o")
            .arg(&program)
            .arg(source)
            .arg("-L")
            .arg(&library)
            .args(["-lcommonhold_win32", "-pthread"])
            .arg(format!("-Wl,-rpath,{}", library.display()))
            .output()
            .expect("a C compiler");
        assert!(
            output.status.success(),
            "{compiler} {}:\n{}",
            source.display(),
            String::from_utf8_lossy(&output.stderr)
        );
        Self { directory, program }
    }

    /// How it is run, in a namespace and a directory of its own.
    pub fn command(&self, root: &Root) -> Command {
        let mut command = Command::new(&self.program);
        command
            .current_dir(&self.directory)
            .env("COMMONHOLD_ROOT", &root.0)
            .env("TMPDIR", &self.directory)
            // Cargo's own has another build of the library first, which may be an older one.
            .env_remove("LD_LIBRARY_PATH");
        command
    }

    /// Runs it to its end, which must be a good one, and gives what it printed.
    pub fn run(&self, root: &Root, arguments: &[&str]) -> String {
        let child = self
            .command(root)
            .args(arguments)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let group = Group(child.id());
        let (done, finished) = mpsc::channel();
        let waiter = thread::spawn(move || done.send(child.wait_with_output()));
        let output = finished
            .recv_timeout(WATCHDOG)
            .unwrap_or_else(|_| {
                panic!(
                    "{} is stuck:\n{}",
                    self.program.display(),
                    group.processes()
                )
            })
            .expect("output");
        waiter.join().expect("no panic").expect("received");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{}\n{said}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        let left = root.entries();
        assert!(left.is_empty(), "left {left:?} in its namespace");
        said
    }
}

impl Drop for Built {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

pub fn compiler(language: Language) -> &'static str {
    match language {
        Language::C11 => "cc",
        Language::Cpp17 => "c++",
    }
}

pub fn standard(language: Language) -> &'static str {
    match language {
        Language::C11 => "-std=gnu11",
        Language::Cpp17 => "-std=c++17",
    }
}

/// Whether the machine has a compiler. Only a C compiler is asked for by the README.
pub fn has(compiler: &str) -> bool {
    let found = Command::new(compiler).arg("--version").output().is_ok();
    if !found {
        eprintln!("skipped, since there is no {compiler}");
    }
    found
}

/// A directory in memory that stands in for `/dev/shm`.
pub struct Root(pub PathBuf);

impl Root {
    pub fn new() -> Self {
        let path = format!(
            "/dev/shm/commonhold-test-win32-{}-{}",
            std::process::id(),
            count()
        );
        fs::create_dir(&path).expect("a new directory in /dev/shm");
        Self(path.into())
    }

    /// What is in its namespaces, but for leftovers of killed processes, which the next user removes.
    fn entries(&self) -> Vec<OsString> {
        let list = |path: &Path| fs::read_dir(path).into_iter().flatten().flatten();
        list(&self.0)
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
                let _ = writeln!(shown, "{arguments}: {after_name:.3} in {}", read("wchan"));
            }
        }
        shown
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let group = i32::try_from(self.0)
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

//! Life cycles of sections and views, side by side with the same by raw system calls, in one run.
//!
//! `cargo bench -p commonhold` prints a table of ratios at the end. Objects that others hold are held by
//! processes of their own, as in use: this file runs itself in the roles of `worker`.

#![allow(missing_docs, unsafe_code)]

use std::ffi::c_void;
use std::fs;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use commonhold::Section;
use criterion::{Criterion, SamplingMode, Throughput};
use rustix::fs::Mode;
use rustix::mm::{MapFlags, ProtFlags};
use rustix::shm;

const SIZE: usize = 64 * 1024;
const GIB: usize = 1 << 30;

fn main() {
    if let Some(role) = std::env::var_os("COMMONHOLD_BENCH_ROLE") {
        return worker(role == "hold");
    }
    let root = Root::new("main");
    // SAFETY: nothing else runs in this process yet.
    unsafe { std::env::set_var("COMMONHOLD_ROOT", &root.0) };
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .sample_size(60)
        .configure_from_args();
    create(&mut criterion);
    open(&mut criterion, &root);
    map(&mut criterion);
    copy(&mut criterion);
    many(&mut criterion);
    criterion.final_summary();
    table();
}

/// Maps, touches and unmaps by raw system calls.
fn raw_view(fd: impl rustix::fd::AsFd) {
    let protection = ProtFlags::READ | ProtFlags::WRITE;
    let null = std::ptr::null_mut();
    // SAFETY: a new mapping, at an address that the kernel chooses.
    let view =
        unsafe { rustix::mm::mmap(null, SIZE, protection, MapFlags::SHARED, fd, 0) }.unwrap();
    // SAFETY: within the mapping.
    unsafe { view.cast::<u8>().write_volatile(1) };
    // SAFETY: the whole mapping, which nothing refers to.
    unsafe { rustix::mm::munmap(view, SIZE) }.unwrap();
}

fn new_section() -> Section {
    let options = Section::options().size(SIZE as u64);
    options.create("bench").unwrap()
}

fn our_view(section: &Section) {
    section.map().unwrap().write_volatile(0, 1_u8).unwrap();
}

fn create(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("create");
    let name = format!("/commonhold-bench-{}", std::process::id());
    let flags = shm::OFlags::CREATE | shm::OFlags::EXCL | shm::OFlags::RDWR;
    group.bench_function("raw", |bencher| {
        bencher.iter(|| {
            let fd = shm::open(&name, flags, Mode::RUSR | Mode::WUSR).unwrap();
            rustix::fs::ftruncate(&fd, SIZE as u64).unwrap();
            raw_view(&fd);
            drop(fd);
            shm::unlink(&name).unwrap();
        });
    });
    group.bench_function("commonhold", |bencher| {
        bencher.iter(|| our_view(&new_section()));
    });
}

fn open(criterion: &mut Criterion, root: &Root) {
    let mut group = criterion.benchmark_group("open");
    let name = format!("/commonhold-bench-{}", std::process::id());
    let made = shm::open(
        &name,
        shm::OFlags::CREATE | shm::OFlags::RDWR,
        Mode::RUSR | Mode::WUSR,
    );
    rustix::fs::ftruncate(made.unwrap(), SIZE as u64).unwrap();
    group.bench_function("raw", |bencher| {
        bencher.iter(|| raw_view(shm::open(&name, shm::OFlags::RDWR, Mode::empty()).unwrap()));
    });
    shm::unlink(&name).unwrap();
    let _holder = Worker::start(&root.0, "hold");
    group.bench_function("commonhold", |bencher| {
        bencher.iter(|| our_view(&Section::open("held-0").unwrap()));
    });
}

fn map(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("map");
    let fd = rustix::fs::memfd_create("bench", rustix::fs::MemfdFlags::CLOEXEC).unwrap();
    rustix::fs::ftruncate(&fd, SIZE as u64).unwrap();
    group.bench_function("raw", |bencher| bencher.iter(|| raw_view(&fd)));
    let section = Section::options()
        .size(SIZE as u64)
        .create("bench")
        .unwrap();
    group.bench_function("commonhold", |bencher| bencher.iter(|| our_view(&section)));
}

fn copy(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("copy");
    group
        .throughput(Throughput::Bytes(GIB as u64))
        .sampling_mode(SamplingMode::Flat)
        .sample_size(15);
    let from = vec![1_u8; GIB];
    let section = Section::options().size(GIB as u64).create("bench").unwrap();
    let view = section.map_options().populate(true).map().unwrap();
    group.bench_function("raw", |bencher| {
        bencher.iter(|| {
            let to = black_box(view.as_ptr()).cast::<c_void>();
            // SAFETY: both have that many bytes, and nobody else uses the view.
            unsafe { libc::memcpy(to, black_box(&from).as_ptr().cast(), GIB) };
        });
    });
    group.bench_function("commonhold", |bencher| {
        bencher.iter(|| view.write(0, black_box(&from)).unwrap());
    });
}

/// The cost of a name among ten, and among a hundred thousand.
fn many(criterion: &mut Criterion) {
    const MANY: usize = 100_000;
    let (few_root, many_root) = (Root::new("few"), Root::new("many"));
    let each = usize::try_from(open_files() - 100).unwrap().min(MANY);
    let _few = Worker::hold(&few_root.0, 0..10);
    let _many: Vec<_> = (0..MANY)
        .step_by(each)
        .map(|start| Worker::hold(&many_root.0, start..MANY.min(start + each)))
        .collect();
    for cycle in ["create", "open"] {
        let mut group = criterion.benchmark_group(format!("{cycle} of many"));
        for (label, root) in [("raw", &few_root), ("commonhold", &many_root)] {
            let mut worker = Worker::start(&root.0, "time");
            group.bench_function(label, |bencher| {
                bencher.iter_custom(|iterations| worker.time(cycle, iterations));
            });
        }
    }
}

fn open_files() -> u64 {
    rustix::process::getrlimit(rustix::process::Resource::Nofile)
        .current
        .unwrap_or(20_000)
}

/// Does what its standard input says, in its own process: holds objects, or times cycles.
fn worker(holds: bool) {
    let mut line = String::new();
    let mut held = Vec::new();
    if holds {
        let range = std::env::var("COMMONHOLD_BENCH_RANGE").unwrap_or_else(|_| "0..1".into());
        let (start, end) = range.split_once("..").unwrap();
        for number in start.parse::<usize>().unwrap()..end.parse().unwrap() {
            let name = format!("held-{number}");
            held.push(
                Section::options()
                    .size(SIZE as u64)
                    .create_new(name)
                    .unwrap(),
            );
        }
        println!("ready");
    }
    while std::io::stdin().read_line(&mut line).unwrap() > 0 {
        let (cycle, iterations) = line.trim().split_once(' ').unwrap();
        let iterations: u64 = iterations.parse().unwrap();
        let start = Instant::now();
        for _ in 0..iterations {
            match cycle {
                "create" => our_view(
                    &Section::options()
                        .size(SIZE as u64)
                        .create("bench")
                        .unwrap(),
                ),
                _ => our_view(&Section::open("held-7").unwrap()),
            }
        }
        println!("{}", start.elapsed().as_nanos());
        line.clear();
    }
}

struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Worker {
    fn start(root: &Path, role: &str) -> Self {
        Self::spawn(Command::new(std::env::current_exe().unwrap()), root, role)
    }

    fn hold(root: &Path, range: std::ops::Range<usize>) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(
            "COMMONHOLD_BENCH_RANGE",
            format!("{}..{}", range.start, range.end),
        );
        Self::spawn(command, root, "hold")
    }

    fn spawn(mut command: Command, root: &Path, role: &str) -> Self {
        let mut child = command
            .env("COMMONHOLD_BENCH_ROLE", role)
            .env("COMMONHOLD_ROOT", root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        if role == "hold" {
            output.read_line(&mut String::new()).unwrap();
        }
        Self {
            child,
            input,
            output,
        }
    }

    fn time(&mut self, cycle: &str, iterations: u64) -> Duration {
        writeln!(self.input.as_mut().unwrap(), "{cycle} {iterations}").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        Duration::from_nanos(line.trim().parse().unwrap())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.input.take());
        self.child.wait().unwrap();
    }
}

/// A directory for a namespace, in memory.
struct Root(PathBuf);

impl Root {
    fn new(what: &str) -> Self {
        let root = PathBuf::from(format!(
            "/dev/shm/commonhold-bench-{}-{what}",
            std::process::id()
        ));
        fs::create_dir_all(&root).unwrap();
        Self(root)
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What the run measured, as ratios of medians.
fn table() {
    let target = std::env::current_exe().unwrap();
    let criterion = target.ancestors().find_map(|path| {
        let path = path.join("criterion");
        path.is_dir().then_some(path)
    });
    let Some(criterion) = criterion else { return };
    let median = |group: &str, function: &str| -> Option<f64> {
        let path = criterion
            .join(group)
            .join(function)
            .join("new/estimates.json");
        let json = fs::read_to_string(path).ok()?;
        let median = &json[json.find("\"median\"")?..];
        let value = &median[median.find("\"point_estimate\":")? + 17..];
        value[..value.find([',', '}'])?].parse().ok()
    };
    println!(
        "\n{:32} {:>12} {:>12} {:>7}  goal",
        "cycle", "raw ns", "ours ns", "ratio"
    );
    let rows = [
        ("create", "create, map, touch, unmap, close", "<= 1.6"),
        ("open", "open, map, touch, unmap, close", "<= 1.6"),
        ("map", "map, touch, unmap", "<= 1.5"),
        ("copy", "copy 1 GiB", "<= 1.02"),
        ("create of many", "create among 100,000 (raw: 10)", "<= 1.2"),
        ("open of many", "open among 100,000 (raw: 10)", "<= 1.2"),
    ];
    for (group, cycle, goal) in rows {
        if let (Some(raw), Some(ours)) = (median(group, "raw"), median(group, "commonhold")) {
            println!(
                "{cycle:32} {raw:12.0} {ours:12.0} {:7.2}  {goal}",
                ours / raw
            );
        }
    }
}

//! What `commonhold top` shows on a terminal, what its keys do, and that it leaves the terminal as it found it.

#![allow(missing_docs)]
#![allow(
    unsafe_code,
    reason = "gives a process its terminal between fork and exec"
)]

#[path = "../../commonhold/tests/support/mod.rs"]
mod support;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{self, Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use commonhold::{Event, Mutex, Rights, Section, Semaphore};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use support::isolated;

/// When a screen that is not as wanted is shown: before the watchdog of all tests, which cannot.
const STUCK: Duration = Duration::from_secs(60);

/// The program on a terminal, and what that shows.
struct Top {
    child: Child,
    terminal: File,
    /// The program's end of it, which keeps its modes.
    inside: File,
    seen: vt100::Parser,
    started: Instant,
}

impl Top {
    fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, |command| command)
    }

    fn start_with(arguments: &[&str], change: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let terminal =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let path = ptsname(&terminal, Vec::new()).unwrap();
        let inside = File::options()
            .read(true)
            .write(true)
            .open(path.to_str().unwrap())
            .unwrap();
        let stdio = || Stdio::from(inside.try_clone().unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_commonhold"));
        command
            .arg("top")
            .args(arguments)
            .env("TERM", "xterm")
            .env_remove("NO_COLOR")
            .stdin(stdio())
            .stdout(stdio())
            .stderr(stdio());
        let take_terminal = || {
            rustix::process::setsid()?;
            rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
            Ok(())
        };
        // SAFETY: of what `fork` left of the process, the closure uses nothing: it makes two system calls.
        unsafe { command.pre_exec(take_terminal) };
        let mut top = Self {
            terminal: File::from(terminal),
            inside: inside.try_clone().unwrap(),
            seen: vt100::Parser::new(24, 80, 0),
            started: Instant::now(),
            child: {
                let size = winsize(24, 80);
                tcsetwinsize(&inside, size).unwrap();
                change(&mut command).spawn().unwrap()
            },
        };
        top.until("q quit");
        top
    }

    fn text(&self) -> String {
        self.seen.screen().contents()
    }

    /// Takes more of what the program writes.
    fn read(&mut self) -> usize {
        let mut ready = [PollFd::new(&self.terminal, PollFlags::IN)];
        let left = STUCK.saturating_sub(self.started.elapsed());
        let count = poll(&mut ready, Some(&left.try_into().unwrap())).unwrap();
        assert!(
            !left.is_zero() && count > 0,
            "stuck with this on the screen:\n{}",
            self.text()
        );
        let mut bytes = [0; 4096];
        let count = self.terminal.read(&mut bytes).unwrap();
        self.seen.process(&bytes[..count]);
        count
    }

    /// Reads until the screen is as wanted.
    fn until_it(&mut self, is_wanted: impl Fn(&str) -> bool) -> String {
        loop {
            let text = self.text();
            if is_wanted(&text) {
                return text;
            }
            assert_ne!(self.read(), 0, "{text}");
        }
    }

    fn until(&mut self, part: &str) -> String {
        self.until_it(|text| text.contains(part))
    }

    fn press(&mut self, keys: &str) {
        self.terminal.write_all(keys.as_bytes()).unwrap();
    }

    fn resize(&mut self, rows: u16, columns: u16) {
        self.seen.set_size(rows, columns);
        tcsetwinsize(&self.terminal, winsize(rows, columns)).unwrap();
    }

    /// Whether lines are edited and echoed, as they are where no program takes the terminal over.
    fn is_cooked(&self) -> bool {
        let modes = tcgetattr(&self.inside).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    /// The status it ends with, when it has left the terminal as it was.
    fn end(mut self) -> ExitStatus {
        assert!(self.seen.screen().alternate_screen());
        assert!(self.seen.screen().hide_cursor());
        // What it wrote last is in the terminal when it has ended, and is less than that holds.
        while self.seen.screen().alternate_screen() || self.seen.screen().hide_cursor() {
            self.read();
        }
        let status = self.child.wait().unwrap();
        assert!(self.is_cooked());
        status
    }

    fn quit(mut self) {
        self.press("q");
        assert_eq!(self.end().code(), Some(0));
    }
}

impl Drop for Top {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn winsize(rows: u16, columns: u16) -> Winsize {
    Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}

/// The line that has this in it.
fn line<'a>(text: &'a str, part: &str) -> &'a str {
    let line = text.lines().find(|line| line.contains(part));
    line.unwrap_or_else(|| panic!("no {part:?} in:\n{text}"))
}

#[test]
fn it_shows_what_there_is_as_it_changes() {
    isolated(|_| {
        let pid = process::id().to_string();
        let _frames = Section::options().size(65536).create("frames").unwrap();
        let turn = Mutex::options().create("turn").unwrap();
        let mut top = Top::start(&["--interval", "100ms"]);
        let text = top.until_it(|text| text.contains(&pid));
        let frames = line(&text, "frames");
        assert!(
            frames.contains("section") && frames.contains("64K"),
            "{text}"
        );
        assert!(line(&text, "turn").contains("free"), "{text}");
        assert!(text.starts_with("2 objects  "), "{text}");
        assert!(line(&text, "NAME▼").ends_with("AGE"), "{text}");

        let owned = turn.lock().unwrap();
        let text = top.until("owned by thread");
        assert!(line(&text, "owned by").starts_with("turn"), "{text}");
        drop(owned);
        let door = Event::options().create("door").unwrap();
        top.until_it(|text| text.contains("3 objects") && text.contains("door"));
        drop(door);
        top.until_it(|text| text.contains("2 objects") && !text.contains("door"));
        top.quit();
    });
}

#[test]
fn a_filter_and_an_order_change_what_is_listed() {
    isolated(|_| {
        let _frames = Section::options()
            .size(1 << 20)
            .allocate(true)
            .create("frames")
            .unwrap();
        let _slots = Semaphore::options()
            .count(2)
            .maximum(5)
            .create("slots")
            .unwrap();
        let _turn = Mutex::options().create("turn").unwrap();
        let mut top = Top::start(&[]);
        let text = top.until("3 objects");
        assert!(line(&text, "slots").contains("2 of 5"), "{text}");
        top.press("/SL");
        top.until_it(|text| text.contains("1 of 3 objects") && !text.contains("frames"));
        top.press("\r");
        top.until("only `SL`");
        top.press("\x1b");
        top.until_it(|text| text.contains("3 objects") && text.contains("frames"));

        let order = |text: &str| -> Option<Vec<usize>> {
            ["frames", "slots", "turn"]
                .iter()
                .map(|name| text.find(name))
                .collect()
        };
        top.press("r");
        let text = top.until("NAME▲");
        assert!(order(&text).unwrap().is_sorted_by(|a, b| a > b), "{text}");
        top.press("rss");
        let text = top.until("MEMORY▼");
        assert!(line(&text, "frames").contains("1.00M") || line(&text, "frames").contains("1M"));
        assert!(text.find("frames") < text.find("slots"), "{text}");
        top.press("?");
        top.until("by name, type, memory, holders, waiters, age");
        top.press("x");
        top.until_it(|text| !text.contains("by name, type"));
        top.press("p");
        top.until("PAUSED");
        top.quit();
    });
}

#[test]
fn details_tell_who_uses_the_object_and_how() {
    isolated(|_| {
        let pid = process::id();
        let frames = Section::options().size(65536).create("frames").unwrap();
        let _view = frames.map().unwrap();
        let _reader = frames.duplicate(Rights::QUERY | Rights::MAP_READ).unwrap();
        let mut top = Top::start(&["--interval", "100ms"]);
        top.until("frames");
        top.press("d");
        let text = top.until(&format!("process {pid}  "));
        for part in [
            "protection readwrite",
            "attributes COMMIT",
            "mode 0600",
            "users      1 process",
            ": all rights",
            ": query read",
            ": 64K at 0x0, rw-s",
        ] {
            assert!(text.contains(part), "no {part} in:\n{text}");
        }
        // What does not fit is scrolled to.
        top.resize(5, 20);
        // Cut by the program, and not by the emulator: so it has drawn since.
        top.until_it(|text| text.contains("mem…") && text.contains("name       frames"));
        top.press("\x1b[F");
        top.until("at 0x0");
        top.resize(1, 1);
        top.press("\x1b");
        top.resize(24, 80);
        top.until("HOLDERS");
        top.quit();
    });
}

#[test]
fn small_windows_show_less_and_large_ones_more() {
    isolated(|_| {
        let _wide = Event::options().create("日本語のとても長い名前").unwrap();
        let _frames = Section::options().size(65536).create("frames").unwrap();
        let mut top = Top::start(&[]);
        top.until_it(|text| text.contains("日本語の") && text.contains("HOLDERS"));
        top.resize(5, 20);
        let text = top.until_it(|text| text.contains("日本語の…") && text.contains("STATE"));
        assert!(!text.contains("HOLDERS"), "{text}");
        for (rows, columns) in [(1, 1), (2, 1), (1, 200), (3, 9), (60, 200)] {
            top.resize(rows, columns);
            top.press("\x1b[B?x/a\x1b");
        }
        top.until_it(|text| text.contains("日本語のとても長い名前") && text.contains("HOLDERS"));
        top.resize(24, 80);
        top.until_it(|text| text.contains("frames") && text.contains("? help"));
        top.quit();
    });
}

#[test]
fn a_terminal_is_restored_by_whatever_ends_it() {
    isolated(|_| {
        let top = Top::start(&[]);
        assert!(!top.is_cooked());
        let pid = rustix::process::Pid::from_child(&top.child);
        kill_process(pid, Signal::TERM).unwrap();
        let status = top.end();
        assert_eq!(
            std::os::unix::process::ExitStatusExt::signal(&status),
            Some(Signal::TERM.as_raw())
        );
        let mut top = Top::start(&[]);
        top.press("\x03");
        assert_eq!(top.end().code(), Some(0));
    });
}

#[test]
fn nothing_has_a_color_if_the_user_wants_none() {
    isolated(|_| {
        let has_colors = |top: &Top| {
            let screen = top.seen.screen();
            let cells = (0..24).flat_map(|row| (0..80).map(move |column| (row, column)));
            cells
                .filter_map(|(row, column)| screen.cell(row, column))
                .any(|cell| (cell.fgcolor(), cell.bgcolor()) != Default::default())
        };
        let mut plain = Top::start_with(&[], |command| command.env("NO_COLOR", "1"));
        plain.until("no objects");
        assert!(!has_colors(&plain));
        plain.quit();
        let mut colored = Top::start(&[]);
        colored.until("no objects");
        assert!(has_colors(&colored));
        colored.quit();
    });
}

#[test]
fn without_a_terminal_it_says_what_to_use() {
    isolated(|_| {
        let run = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_commonhold"));
            command
                .arg("top")
                .args(arguments)
                .stdin(Stdio::null())
                .output()
                .unwrap()
        };
        let output = run(&[]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(said.contains("use `commonhold ls`"), "{said}");
        assert!(output.stdout.is_empty());
        for wrong in [["--interval", "0"], ["--interval", "soon"]] {
            let output = run(&wrong);
            assert_eq!(output.status.code(), Some(2));
        }
    });
}

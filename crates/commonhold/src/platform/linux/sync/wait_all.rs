//! Waiting for all of several objects at once.

use arrayvec::ArrayVec;

use super::primitive::Me;
use super::process::Process;
use super::state::{Kind, State};
use super::target::{MOST, Target};
use super::wait::Deadline;
use super::wait_any::Sleeper;
use super::waitable::{Asleep, Taken, Waitable};
use crate::platform::linux::held_name::Inode;

/// The things that a wait is for all of.
#[derive(Default)]
pub(super) struct All<'a> {
    /// Those that are taken, in the order in which every process reserves them.
    words: ArrayVec<Member<'a>, MOST>,
    /// Those that only have to have ended.
    ends: ArrayVec<Target<'a>, MOST>,
}

/// An object on its way to be taken with others.
struct Member<'a> {
    order: Inode,
    word: &'a Waitable,
    hold: Hold,
}

/// How far an object is.
#[derive(Clone, Copy)]
enum Hold {
    Not,
    /// It is in this state, if nobody has changed that.
    Reserved(State),
    /// A mutex that the thread owns already.
    Owned,
    /// An event whose pulse came for this thread.
    Pulsed,
}

/// An event that this thread slept on: if it was pulsed, that counts if all others are available.
type Pulsed<'a> = Option<(&'a Waitable, Asleep)>;

impl<'a> All<'a> {
    #[inline]
    pub(super) fn add_object(&mut self, order: Inode, word: &'a Waitable) {
        self.words.push(Member {
            order,
            word,
            hold: Hold::Not,
        });
    }

    pub(super) fn add_process(&mut self, process: &'a Process) {
        self.ends.push(Target::Process(process));
    }

    /// Something whose word stays as it is when it is waited for.
    pub(super) fn add_end(&mut self, word: &'a Waitable) {
        self.ends.push(Target::Word(word));
    }

    /// Puts the objects into their order; `false` if one is there twice.
    #[inline]
    pub(super) fn sort(&mut self) -> bool {
        let is_sorted =
            |words: &[Member<'_>]| words.windows(2).all(|two| two[0].order < two[1].order);
        if is_sorted(&self.words) {
            return true;
        }
        self.words.sort_unstable_by_key(|member| member.order);
        is_sorted(&self.words)
    }

    /// Waits until all can be taken at one moment, and takes them; `None` if time was up before, or the alert is
    /// raised.
    pub(super) fn wait(
        &mut self,
        me: &Me,
        deadline: impl FnOnce() -> Deadline,
        alert: Option<&'a Waitable>,
    ) -> Option<Taken> {
        let mut obstacle = match self.take(me, None) {
            Ok(taken) => return Some(taken),
            Err(obstacle) => obstacle,
        };
        let deadline = deadline();
        loop {
            let is_alerted = alert.is_some_and(|alert| alert.kind().is_available(alert.load()));
            let pulsed = if !deadline.has_passed() && !is_alerted {
                match alert {
                    None => sleep_on(obstacle, me, deadline),
                    Some(alert) => sleep_on_either(obstacle, alert, me, deadline),
                }
            } else if obstacle
                .word()
                .is_some_and(|word| word.await_reservation(me))
            {
                // It looked unavailable only because a thread had reserved it.
                None
            } else {
                return None;
            };
            let unavailable = self.first_unavailable(me, pulsed).map_or(Ok(()), Err);
            obstacle = match unavailable.and_then(|()| self.take(me, pulsed)) {
                Ok(taken) => return Some(taken),
                Err(obstacle) => obstacle,
            };
        }
    }

    /// Looks without a trace, before anything is reserved.
    fn first_unavailable(&self, me: &Me, pulsed: Pulsed<'_>) -> Option<Target<'a>> {
        let mut words = self.words.iter().map(|member| member.word);
        let word = words.find(|word| {
            let is_pulsed = || slept_on(pulsed, word).is_some_and(|slept| word.was_pulsed(slept));
            !Target::Word(word).is_available(me) && !is_pulsed()
        });
        word.map(Target::Word)
    }

    /// Takes all, or none: then one that could not be is told.
    #[inline]
    fn take(&mut self, me: &Me, pulsed: Pulsed<'_>) -> Result<Taken, Target<'a>> {
        for index in 0..self.words.len() {
            let member = &mut self.words[index];
            let word = member.word;
            member.hold = match word.reserve_plain(me) {
                Some(reserved) => Hold::Reserved(reserved),
                None => hold(word, me, pulsed),
            };
            if let Hold::Not = member.hold {
                self.give_back(index, me);
                return Err(Target::Word(word));
            }
        }
        // Who resets an event need not wait for who reserved it; then there was no moment for all.
        let lost = self.words.iter().find(|member| match member.hold {
            Hold::Reserved(reserved) => !member.word.is_still_there(reserved),
            _ => false,
        });
        if let Some(word) = lost.map(|member| member.word) {
            self.give_back(self.words.len(), me);
            return Err(Target::Word(word));
        }
        // What has ended stays so: no need to hold it.
        if let Some(&running) = self.ends.iter().find(|end| !end.is_available(me)) {
            self.give_back(self.words.len(), me);
            return Err(running);
        }
        let mut all = Taken::Normally;
        for member in &self.words {
            let taken = match member.hold {
                Hold::Reserved(state) if member.word.commit_plain(me, state) => continue,
                Hold::Reserved(state) => member.word.commit(me, state),
                Hold::Owned => member.word.try_take(me).unwrap_or(Taken::TooDeep),
                Hold::Pulsed | Hold::Not => Taken::Normally,
            };
            if taken != Taken::Normally {
                all = taken;
            }
        }
        me.done();
        Ok(all)
    }

    /// Ends the reservations of the first so many.
    #[cold]
    fn give_back(&mut self, count: usize, me: &Me) {
        for member in self.words[..count].iter_mut().rev() {
            if let Hold::Reserved(reserved) = member.hold {
                member.word.roll_back(me, reserved);
            }
            member.hold = Hold::Not;
        }
        me.done();
    }
}

/// Reserves an object, of which the short way was not possible.
#[cold]
fn hold(word: &Waitable, me: &Me, pulsed: Pulsed<'_>) -> Hold {
    word.look_due(me);
    if word.kind() == Kind::Mutex && word.is_mine(me) {
        return Hold::Owned;
    }
    match word.reserve(me, |state| word.kind().is_available(state)) {
        Ok(reserved) => Hold::Reserved(reserved),
        Err(_) => match slept_on(pulsed, word) {
            Some(slept) if word.take_pulse(slept) => Hold::Pulsed,
            _ => Hold::Not,
        },
    }
}

/// What was slept on, if that was this word.
fn slept_on(pulsed: Pulsed<'_>, word: &Waitable) -> Option<Asleep> {
    pulsed
        .filter(|(slept_on, _)| std::ptr::eq(*slept_on, word))
        .map(|(_, asleep)| asleep)
}

/// Sleeps on what is not available, until the alert is raised.
fn sleep_on_either<'a>(
    obstacle: Target<'a>,
    alert: &'a Waitable,
    me: &Me,
    deadline: Deadline,
) -> Pulsed<'a> {
    let targets = [obstacle, Target::Word(alert)];
    let asleep = Sleeper::new(&targets, me).sleep_once(deadline);
    obstacle.word().zip(asleep)
}

/// Sleeps on what is not available.
fn sleep_on<'a>(obstacle: Target<'a>, me: &Me, deadline: Deadline) -> Pulsed<'a> {
    match obstacle {
        Target::Process(process) => {
            process.sleep(deadline.or_earlier(None));
            None
        }
        Target::Word(word) => {
            let asleep = word.prepare()?;
            // Asked after: a timer that is set anew from here on has another word than the one to sleep on.
            let due = word.look_due(me);
            word.sleep(me, asleep, deadline.or_earlier(due));
            // A wake that came for this word may be of no use here, and another word is named next.
            word.pass_on(me);
            me.done();
            word.bury(asleep);
            Some((word, asleep))
        }
    }
}

//! Waiting for all of several objects at once.

use arrayvec::ArrayVec;

use super::primitive::Me;
use super::state::State;
use super::target::{MOST, Target};
use super::wait::Deadline;
use super::waitable::{Asleep, Taken, Waitable};

/// Waits until all can be taken at one moment, and takes them; `None` if time was up before.
///
/// `ordered` has the objects that have words, all different, in the order that every process has them in.
pub(super) fn wait_all(
    targets: &[Target<'_>],
    ordered: &[&Waitable],
    me: &Me,
    deadline: Deadline,
) -> Option<Taken> {
    let mut pulsed = None;
    loop {
        let obstacle = match first_unavailable(targets, me, pulsed) {
            Some(obstacle) => obstacle,
            None => match take(ordered, me, pulsed) {
                Ok(taken) => return Some(taken),
                Err(obstacle) => Target::Word(obstacle),
            },
        };
        pulsed = None;
        if deadline.has_passed() {
            return None;
        }
        match obstacle {
            Target::Process(process) => process.sleep(deadline.or_earlier(None)),
            Target::Word(word) => {
                if let Some(asleep) = word.prepare() {
                    // Asked after: a timer that is set anew from here on has another word.
                    let due = word.look_due(me);
                    word.sleep(me, asleep, deadline.or_earlier(due));
                    // A wake that came for this word may be of no use here, and another word is named next.
                    word.pass_on(me);
                    me.done();
                    word.bury(asleep);
                    pulsed = Some((word, asleep));
                }
            }
        }
    }
}

/// An event that this thread slept on: if it was pulsed, that counts if all others are available.
type Pulsed<'a> = Option<(&'a Waitable, Asleep)>;

fn first_unavailable<'a>(
    targets: &[Target<'a>],
    me: &Me,
    pulsed: Pulsed<'_>,
) -> Option<Target<'a>> {
    let is_pulsed = |target: &Target<'_>| {
        let Some((word, asleep)) = pulsed else {
            return false;
        };
        target.word().is_some_and(|it| std::ptr::eq(it, word)) && word.was_pulsed(asleep)
    };
    let mut targets = targets.iter().copied();
    targets.find(|target| !target.is_available(me) && !is_pulsed(target))
}

/// Takes all, or none: then the one that could not be is told.
fn take<'a>(ordered: &[&'a Waitable], me: &Me, pulsed: Pulsed<'_>) -> Result<Taken, &'a Waitable> {
    let mut reserved = ArrayVec::<Reserved<'_>, MOST>::new();
    for &word in ordered {
        let pulse = pulsed.filter(|(pulsed, _)| std::ptr::eq(*pulsed, word));
        let hold = if word.is_mine(me) {
            Some(Hold::Owned)
        } else {
            match word.reserve(me, |state| word.kind().is_available(state)) {
                Ok(before) => Some(Hold::Reserved(before)),
                Err(_) => pulse
                    .filter(|(_, asleep)| word.take_pulse(*asleep))
                    .map(|_| Hold::Pulsed),
            }
        };
        let Some(hold) = hold else {
            for (word, hold) in reserved.iter().rev() {
                if matches!(hold, Hold::Reserved(_)) {
                    word.roll_back(me);
                }
            }
            return Err(word);
        };
        reserved.push((word, hold));
    }
    let mut all = Taken::Normally;
    for (word, hold) in &reserved {
        let taken = match hold {
            Hold::Reserved(before) => word.commit(me, *before),
            Hold::Owned => word.try_take(me).unwrap_or(Taken::TooDeep),
            Hold::Pulsed => Taken::Normally,
        };
        if taken != Taken::Normally {
            all = taken;
        }
    }
    Ok(all)
}

/// An object on its way to be taken with others.
type Reserved<'a> = (&'a Waitable, Hold);

enum Hold {
    /// It was in this state before.
    Reserved(State),
    /// A mutex that the thread owns already.
    Owned,
    /// An event whose pulse came for this thread.
    Pulsed,
}

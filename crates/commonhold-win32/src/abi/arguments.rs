//! What a program gives for the inserts of a message (`FormatMessage`): an array, or a `va_list`.

use crate::code_pages::decoded;
use crate::failure::{Failure, Result};
use crate::messages::Inserts;
use crate::platform::text::{Character, Text};
use crate::platform::{pointers, strings};

/// Where they are.
#[derive(Clone, Copy)]
enum Source {
    Nowhere,
    Array(*const u64),
    List(*mut List),
}

pub(crate) struct Arguments {
    source: Source,
    /// What the list has given so far: it can be read only once.
    taken: Vec<u64>,
}

impl Arguments {
    /// # Safety
    ///
    /// `pointer` must be null or, as `is_array` says, to an array of words or to a `va_list`, of which the message may
    /// use as many as it refers to, each as what it says, as long as this lives.
    pub(crate) unsafe fn new(pointer: *mut u64, is_array: bool) -> Self {
        let source = match pointer {
            _ if pointer.is_null() => Source::Nowhere,
            _ if is_array => Source::Array(pointer),
            _ => Source::List(pointer.cast()),
        };
        Self {
            source,
            taken: Vec::new(),
        }
    }
}

impl Inserts for Arguments {
    fn number(&mut self, index: usize) -> Result<u64> {
        match self.source {
            // SAFETY: by the contract of the constructor.
            Source::Array(array) => unsafe { pointers::read(array.wrapping_add(index)) },
            Source::List(list) => {
                while self.taken.len() <= index {
                    // SAFETY: by the contract of the constructor.
                    self.taken.push(unsafe { next(list) }?);
                }
                Ok(self.taken[index])
            }
            Source::Nowhere => Err(Failure::INVALID_PARAMETER),
        }
    }

    fn string(
        &mut self,
        index: usize,
        is_wide: bool,
        limit: Option<usize>,
    ) -> Result<Option<String>> {
        let address = usize::try_from(self.number(index)?).map_err(|_| Failure::NOACCESS)?;
        if address == 0 {
            return Ok(None);
        }
        let text = if is_wide {
            // SAFETY: by the contract of the constructor.
            unsafe { string::<u16>(address, limit) }
        } else {
            // SAFETY: as above.
            unsafe { string::<u8>(address, limit) }.map(without_cut_character)
        };
        Ok(decoded(text?))
    }
}

/// A limit counts bytes in the narrow form, and may so end inside a character.
fn without_cut_character(text: Text<'_>) -> Text<'_> {
    let Text::Narrow(bytes) = text else {
        return text;
    };
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => Text::Narrow(&bytes[..error.valid_up_to()]),
        _ => text,
    }
}

/// # Safety
///
/// That of [`strings::start`].
unsafe fn string<'a, C: Character>(address: usize, limit: Option<usize>) -> Result<Text<'a>> {
    let pointer = std::ptr::with_exposed_provenance::<C>(address);
    // SAFETY: by the contract of this function.
    let characters = unsafe { strings::start(pointer, limit.unwrap_or(usize::MAX)) }?;
    Ok(C::text(characters))
}

/// A `va_list` as the System V ABI for this processor lays it out: words that were in registers, then those on the
/// stack.
#[cfg(target_arch = "x86_64")]
#[repr(C)]
#[derive(Clone, Copy)]
struct List {
    /// From the beginning of the saved registers, of which those that are not for floating point are the first.
    offset: u32,
    offset_of_floating_point: u32,
    on_stack: *const u64,
    registers: *const u64,
}

#[cfg(target_arch = "x86_64")]
impl List {
    /// Where the next word is, and the list behind it.
    fn step(mut self) -> (*const u64, Self) {
        const END: u32 = 6 * 8;
        if self.offset < END {
            let place = self.registers.wrapping_byte_add(self.offset as usize);
            self.offset += 8;
            return (place, self);
        }
        let place = self.on_stack;
        self.on_stack = place.wrapping_add(1);
        (place, self)
    }
}

/// The same for the procedure call standard of this processor, which counts up to the end of the registers.
#[cfg(target_arch = "aarch64")]
#[repr(C)]
#[derive(Clone, Copy)]
struct List {
    on_stack: *const u64,
    end_of_registers: *const u64,
    end_of_floating_point: *const u64,
    offset: i32,
    offset_of_floating_point: i32,
}

#[cfg(target_arch = "aarch64")]
impl List {
    /// Where the next word is, and the list behind it.
    fn step(mut self) -> (*const u64, Self) {
        if self.offset < 0 {
            let place = self
                .end_of_registers
                .wrapping_byte_offset(self.offset as isize);
            self.offset += 8;
            return (place, self);
        }
        let place = self.on_stack;
        self.on_stack = place.wrapping_add(1);
        (place, self)
    }
}

/// Takes the next word out of a list.
///
/// # Safety
///
/// `list` must be a `va_list` that has another one.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
unsafe fn next(list: *mut List) -> Result<u64> {
    // SAFETY: by the contract of this function, and as the ABI lays it out.
    let (place, rest) = unsafe { pointers::read(list) }?.step();
    // SAFETY: as above.
    let word = unsafe { pointers::read(place) }?;
    // SAFETY: as above.
    unsafe { pointers::write(list, rest) }?;
    Ok(word)
}

/// How other processors have theirs is not known here.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
struct List;

/// # Safety
///
/// None.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
unsafe fn next(_: *mut List) -> Result<u64> {
    Err(Failure::NOT_SUPPORTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_is_read_by_index() {
        let mut array = [7_u64, c"narrow".as_ptr().expose_provenance() as u64, 0];
        // SAFETY: the array lives, and its strings are what they are read as.
        let mut arguments = unsafe { Arguments::new(array.as_mut_ptr(), true) };
        assert_eq!(arguments.number(0), Ok(7));
        assert_eq!(arguments.string(1, false, None), Ok(Some("narrow".into())));
        assert_eq!(arguments.string(1, false, Some(2)), Ok(Some("na".into())));
        assert_eq!(arguments.string(2, false, None), Ok(None));
    }

    #[test]
    fn where_nothing_is_given_nothing_is_read() {
        // SAFETY: null.
        let mut arguments = unsafe { Arguments::new(std::ptr::null_mut(), false) };
        assert_eq!(arguments.number(0), Err(Failure::INVALID_PARAMETER));
    }

    #[test]
    fn a_character_that_the_limit_cuts_is_left_out() {
        let text = c"a\u{20ac}";
        let mut array = [text.as_ptr().expose_provenance() as u64];
        // SAFETY: the array lives, and its strings are what they are read as.
        let mut arguments = unsafe { Arguments::new(array.as_mut_ptr(), true) };
        assert_eq!(arguments.string(0, false, Some(3)), Ok(Some("a".into())));
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn a_list_goes_on_from_the_registers_to_the_stack() {
        let registers = [1_u64, 2, 3, 4, 5, 6];
        let stack = [7_u64, 8];
        let mut list = List {
            offset: 32,
            offset_of_floating_point: 48,
            on_stack: stack.as_ptr(),
            registers: registers.as_ptr(),
        };
        let list = (&raw mut list).cast();
        // SAFETY: the list has four words, and lives.
        let mut arguments = unsafe { Arguments::new(list, false) };
        assert_eq!(arguments.number(3), Ok(8));
        assert_eq!(arguments.number(0), Ok(5));
        assert_eq!(arguments.number(2), Ok(7));
    }
}

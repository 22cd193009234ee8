// The sound of the on-screen piano: one struck tone, made in the browser. Knows pitches and times only.

const PARTIALS = [0, 1, 0.42, 0.22, 0.12, 0.06, 0.03];
let context = null;
let wave = null;

/** Where sound comes out; a browser allows it from the first press on. */
function output() {
  if (!context) {
    const Kind = window.AudioContext ?? window.webkitAudioContext;
    if (!Kind) return null;
    context = new Kind({ latencyHint: "interactive" });
    wave = context.createPeriodicWave(new Float32Array(PARTIALS.length), Float32Array.from(PARTIALS));
  }
  if (context.state === "suspended") context.resume();
  return context;
}

/** Strikes a MIDI pitch ``after`` seconds from now; it dies away, sooner once the returned function is called. */
export function strike(pitch, after = 0, length = null) {
  const sound = output();
  if (!sound) return () => {};
  const begin = sound.currentTime + after;
  const tone = sound.createOscillator();
  const loud = sound.createGain();
  tone.setPeriodicWave(wave);
  tone.frequency.value = 440 * 2 ** ((pitch - 69) / 12);
  loud.gain.setValueAtTime(0, begin);
  loud.gain.linearRampToValueAtTime(0.28, begin + 0.006);
  loud.gain.exponentialRampToValueAtTime(0.0004, begin + 2.2);
  tone.connect(loud).connect(sound.destination);
  tone.start(begin);
  tone.stop(begin + 2.3);
  const release = (at = sound.currentTime) => {
    loud.gain.cancelScheduledValues(at);
    loud.gain.setTargetAtTime(0, at, 0.05);
    tone.stop(at + 0.4);
  };
  if (length !== null) release(begin + length);
  return () => {
    try {
      release();
    } catch {
      /* it is over already */
    }
  };
}

/**
 * Plays notes ({pitch, length} in beats, a rest has the pitch null) one after another, ``beat`` seconds each beat.
 * lit(pitch, on) is told as they sound and ended() at their end; the returned function stops them.
 */
export function playNotes(notes, beat, { lit, ended }) {
  let now = 0.05;
  const timers = [];
  const at = (seconds, act) => timers.push(setTimeout(act, seconds * 1000));
  const stops = notes.flatMap(({ pitch, length }) => {
    const begin = now;
    now += length * beat;
    if (pitch === null) return [];
    at(begin, () => lit(pitch, true));
    at(begin + length * beat * 0.9, () => lit(pitch, false));
    return [strike(pitch, begin, length * beat * 0.95)];
  });
  at(now, ended);
  return () => {
    timers.forEach(clearTimeout);
    stops.forEach((stop) => stop());
  };
}

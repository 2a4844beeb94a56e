// A short tone for a message that nobody is looking at.

export function ring() {
	const audio = new AudioContext();
	const [bell, volume] = [audio.createOscillator(), audio.createGain()];
	bell.frequency.value = 880; // Hz
	volume.gain.setValueAtTime(0.1, 0);
	volume.gain.exponentialRampToValueAtTime(0.0001, 0.6);
	bell.connect(volume).connect(audio.destination);
	bell.onended = () => audio.close();
	bell.start();
	bell.stop(0.6); // s
}

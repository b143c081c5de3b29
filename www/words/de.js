// Deutsch, die Wörter der Seite um den Editor.

/** @type {Readonly<Record<string, string>>} */
export const WORDS = Object.freeze({
  title: 'diffae · sieh dein eigenes Gesicht lächeln',
  nav: 'Seite',
  how: 'So geht es',
  embed: 'Einbetten',
  heroFace: 'Sieh dein eigenes Gesicht',
  heroSmile: 'lächeln',
  heroText: 'Leg ein Foto ab, schieb einen Regler. Ein Diffusions-Autoencoder zeichnet dich neu, hier im Browser-Tab. Nichts wird hochgeladen.',
  teaser: 'Ein Gesicht, das niemandem gehört; sein Lächeln folgt dem Regler',
  teaserSmile: 'Lächeln',
  astronaut: 'Eileen Collins, Astronautin',
  nobody1: 'Gesicht von niemandem 1',
  nobody2: 'Gesicht von niemandem 2',
  nobody3: 'Gesicht von niemandem 3',
  nobody4: 'Gesicht von niemandem 4',
  read: 'Lesen',
  readText: 'Ein kleiner Detektor findet das Gesicht. Ein Encoder macht daraus 256 Zahlen, die seine Bedeutung halten. Die Diffusion rückwärts hält alles andere fest: Licht, Hintergrund, jede Strähne.',
  move: 'Schieben',
  moveText: 'Ein Regler verschiebt diese Zahlen in eine Richtung, etwa zum Lächeln hin, die an beschrifteten Gesichtern gelernt wurde.',
  redraw: 'Neu zeichnen',
  redrawText: 'Die Diffusion läuft vorwärts und zeichnet das Gesicht der neuen Zahlen. Was sich geändert hat, wird in voller Größe über dein Foto gelegt; alles andere darin bleibt, wie es war.',
  fine: 'Die Modelle zeichnen 64 × 64 oder 128 × 128 Bildpunkte; ein Schalter zeigt nur diese. Ihre Gewichte wurden an CelebA und LFW trainiert und sind allein für nicht-kommerzielle Forschung da. Die Regler tragen Gewohnheiten und Beschriftungen dieser Daten in sich, kein Urteil über dich. Verändere die Gesichter anderer bitte nur mit deren Einverständnis.',
  credits: 'Herkunft der Beispielfotos',
});

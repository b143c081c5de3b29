// Which sliders come first, how they are grouped, and the one-tap presets. Attributes that a model lacks are left out.

/** The attributes that act best on portrait64, in the order in which they are worth trying. */
export const BEST = Object.freeze([
  'Smiling', 'Young', 'Male', 'Blond_Hair', 'Black_Hair', 'Bangs', 'Heavy_Makeup', 'No_Beard', 'Eyeglasses',
]);

/** @type {readonly (readonly [string, readonly string[]])[]} */
const GROUPS = Object.freeze([
  ['groupExpression', ['Smiling', 'Mouth_Slightly_Open', 'High_Cheekbones', 'Narrow_Eyes']],
  ['groupHair', ['Blond_Hair', 'Brown_Hair', 'Black_Hair', 'Gray_Hair', 'Bangs', 'Wavy_Hair', 'Straight_Hair', 'Receding_Hairline', 'Bald']],
  ['groupFace', ['Young', 'Male', 'Oval_Face', 'Chubby', 'Double_Chin', 'Big_Nose', 'Pointy_Nose', 'Big_Lips', 'Arched_Eyebrows', 'Bushy_Eyebrows', 'Bags_Under_Eyes', 'Rosy_Cheeks', 'Pale_Skin', 'Attractive']],
  ['groupBeard', ['No_Beard', '5_o_Clock_Shadow', 'Goatee', 'Mustache', 'Sideburns']],
  ['groupStyle', ['Heavy_Makeup', 'Wearing_Lipstick', 'Eyeglasses', 'Wearing_Hat', 'Wearing_Earrings', 'Wearing_Necklace', 'Wearing_Necktie', 'Blurry']],
]);

/** @type {readonly (readonly [string, Readonly<Record<string, number>>])[]} */
const PRESETS = Object.freeze([
  ['presetSmile', { Smiling: 0.35 }],
  ['presetSerious', { Smiling: -0.35 }],
  ['presetYounger', { Young: 0.35 }],
  ['presetOlder', { Young: -0.35 }],
  ['presetBlond', { Blond_Hair: 0.4 }],
  ['presetDark', { Black_Hair: 0.35 }],
  ['presetBangs', { Bangs: 0.4 }],
  ['presetMakeup', { Heavy_Makeup: 0.35 }],
]);

/**
 * The groups of a list of names, in order; names that no group knows come last.
 * @param {readonly string[]} names
 * @returns {(readonly [string, readonly string[]])[]} label key and names
 */
export function grouped(names) {
  const known = new Set(GROUPS.flatMap(([, members]) => members));
  const groups = GROUPS.map(([key, members]) => /** @type {const} */ ([key, members.filter((name) => names.includes(name))]));
  const others = names.filter((name) => !known.has(name));
  return [...groups, /** @type {const} */ (['groupOther', others])].filter(([, members]) => members.length > 0);
}

/**
 * A model's attributes as a page shows them: those that come first, and the groups of the others.
 * @param {readonly string[]} names @param {readonly string[] | null} chosen the page's own list; null shows the best and offers all
 */
export function arranged(names, chosen) {
  const first = (chosen ?? BEST).filter((name) => names.includes(name));
  return { first, rest: chosen ? [] : grouped(names.filter((name) => !first.includes(name))) };
}

/** @param {readonly string[]} names */
export function presets(names) {
  return PRESETS.filter(([, values]) => Object.keys(values).every((name) => names.includes(name)));
}

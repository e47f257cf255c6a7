// The colours of the themes, each by its use.

/** Every colour that the stylesheet uses, as CSS custom properties without their dashes. */
export interface Palette {
  /** Behind the sheet, and what is written there. */
  readonly desk: string;
  readonly 'desk-text': string;
  readonly sheet: string;
  readonly text: string;
  readonly quiet: string;
  readonly link: string;
  /** Inside a field, and the edge of fields and of buttons that are not filled. */
  readonly field: string;
  readonly line: string;
  /** Edges that only decorate. */
  readonly hair: string;
  readonly accent: string;
  readonly 'accent-over': string;
  readonly 'accent-text': string;
  readonly focus: string;
  readonly 'error-sheet': string;
  readonly 'error-text': string;
  readonly 'info-sheet': string;
  readonly 'info-text': string;
  /** The fourth patch of the colour strip, and the crop marks. */
  readonly key: string;
}

export const light: Palette = {
  desk: '#eceff2', 'desk-text': '#44515e',
  sheet: '#ffffff', text: '#17202a', quiet: '#515e6b', link: '#0b5a78',
  field: '#ffffff', line: '#76828e', hair: '#dde3e8',
  accent: '#0b5a78', 'accent-over': '#08465d', 'accent-text': '#ffffff', focus: '#0b5a78',
  'error-sheet': '#fdeeee', 'error-text': '#8c1622', 'info-sheet': '#e9f3f7', 'info-text': '#0d4a61',
  key: '#2a333c',
};

export const dark: Palette = {
  desk: '#0f1418', 'desk-text': '#b4c0cb',
  sheet: '#192027', text: '#e9eef2', quiet: '#a9b6c2', link: '#83cbe6',
  field: '#11171c', line: '#74818d', hair: '#2e3842',
  accent: '#72c2e0', 'accent-over': '#9ad6ec', 'accent-text': '#06202b', focus: '#9ad6ec',
  'error-sheet': '#3a1c21', 'error-text': '#ffb9bd', 'info-sheet': '#14313d', 'info-text': '#b5e2f2',
  key: '#d5dce2',
};

export const red: Palette = {
  desk: '#7c1222', 'desk-text': '#ffe9eb',
  sheet: '#ffffff', text: '#241518', quiet: '#695358', link: '#a3182c',
  field: '#ffffff', line: '#8d777b', hair: '#eadfe1',
  accent: '#a9162c', 'accent-over': '#861021', 'accent-text': '#ffffff', focus: '#a9162c',
  'error-sheet': '#fdeeee', 'error-text': '#8c1622', 'info-sheet': '#f4f0f1', 'info-text': '#40292e',
  key: '#3a2226',
};

/** The theme `accessibility`, and whoever tells the browser that he wants more contrast. */
export const contrastLight: Palette = {
  desk: '#ffffff', 'desk-text': '#000000',
  sheet: '#ffffff', text: '#000000', quiet: '#000000', link: '#00258a',
  field: '#ffffff', line: '#000000', hair: '#000000',
  accent: '#000000', 'accent-over': '#00258a', 'accent-text': '#ffffff', focus: '#0a3fd6',
  'error-sheet': '#ffffff', 'error-text': '#8a0011', 'info-sheet': '#ffffff', 'info-text': '#00258a',
  key: '#000000',
};

export const contrastDark: Palette = {
  desk: '#000000', 'desk-text': '#ffffff',
  sheet: '#000000', text: '#ffffff', quiet: '#ffffff', link: '#ffe14d',
  field: '#000000', line: '#ffffff', hair: '#ffffff',
  accent: '#ffe14d', 'accent-over': '#ffffff', 'accent-text': '#000000', focus: '#66d9ff',
  'error-sheet': '#000000', 'error-text': '#ffb3b8', 'info-sheet': '#000000', 'info-text': '#b3ecff',
  key: '#ffffff',
};

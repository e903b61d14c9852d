/** Copies the typefaces that PDFs are set in from their packages into the built page: from there Python takes them too. */
import { copyFileSync, mkdirSync } from 'node:fs';

const PACKAGES = new URL('./node_modules/@expo-google-fonts/', import.meta.url);
const TARGET = new URL('../vault/server/page/fonts/', import.meta.url);
const FACES: Readonly<Record<string, readonly string[]>> = {
  'literata': ['400Regular/Literata_400Regular', '600SemiBold/Literata_600SemiBold'],
  'noto-sans': ['400Regular/NotoSans_400Regular'],
  'noto-sans-hebrew': ['400Regular/NotoSansHebrew_400Regular'],
  'noto-sans-arabic': ['400Regular/NotoSansArabic_400Regular'],
  'noto-sans-devanagari': ['400Regular/NotoSansDevanagari_400Regular'],
  'noto-sans-sc': ['400Regular/NotoSansSC_400Regular'],
  'noto-sans-kr': ['400Regular/NotoSansKR_400Regular'],
  'noto-emoji': ['400Regular/NotoEmoji_400Regular'],
};

mkdirSync(TARGET, { recursive: true });
for (const [name, faces] of Object.entries(FACES)) {
  for (const face of faces) {
    copyFileSync(new URL(`${name}/${face}.ttf`, PACKAGES), new URL(`${face.slice(face.indexOf('/') + 1)}.ttf`, TARGET));
  }
  copyFileSync(new URL(`${name}/LICENSE_FONT`, PACKAGES), new URL(`${name}.LICENSE`, TARGET));
}

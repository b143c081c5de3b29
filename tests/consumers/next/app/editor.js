'use client';

import 'diffae/element';
import { DiffAe } from 'diffae';
import { useEffect } from 'react';

export function Editor() {
  useEffect(() => {
    DiffAe.describe('/models/portrait64/manifest.json').then(({ name }) => { document.documentElement.dataset.model = name; });
  }, []);
  return <diffae-editor model="/models/portrait64/manifest.json" src="/samples/face-09.webp" suppressHydrationWarning />;
}

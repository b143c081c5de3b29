import { Editor } from './editor.js';

export default function Page() {
  return <main><Editor /></main>;
}

import 'diffae/element';
import { DiffAe } from 'diffae';
import photoWorkerUrl from 'diffae/photo-worker.js?worker&url';
import convertWorkerUrl from 'diffae/convert-worker.js?worker&url';
import workerUrl from 'diffae/worker.js?worker&url';

document.querySelector('diffae-editor').addresses = { workerUrl, photoWorkerUrl, convertWorkerUrl };
DiffAe.describe('/models/portrait64/manifest.json').then(({ name }) => { document.documentElement.dataset.model = name; });

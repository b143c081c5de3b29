import 'diffae/element';
import { DiffAe } from 'diffae';

DiffAe.describe('/models/portrait64/manifest.json').then(({ name }) => { document.documentElement.dataset.model = name; });

import { webCrypto } from '../../src/x509/web-crypto.ts';
import { describeCrypto } from './crypto-contract.ts';

describeCrypto('webCrypto', webCrypto);

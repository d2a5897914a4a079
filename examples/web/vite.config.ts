import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The page calls /graphql on its own origin, so that the gateway needs no CORS_ORIGINS. In production, let the server
// or the CDN that has the page send /graphql to the gateway.
const gateway = process.env.GATEWAY_URL || `http://127.0.0.1:${process.env.PORT || 4000}`;

export default defineConfig({
  plugins: [react()],
  server: {
    proxy: { '/graphql': gateway }, // `vite preview` uses it as well
    fs: { allow: ['.', '../../clients'] },
  },
});

import type { CSSProperties } from 'preact';

export const section: CSSProperties = { borderBottom: '1px solid #3a3f6d', padding: '8px 0', display: 'flex', flexDirection: 'column', gap: 6 };

export const button: CSSProperties = { background: 'hsl(var(--primary, 210 98% 60%))', color: '#fff', borderRadius: 4, padding: '4px 10px' };

export const row: CSSProperties = { display: 'flex', gap: 8, alignItems: 'center', justifyContent: 'space-between' };

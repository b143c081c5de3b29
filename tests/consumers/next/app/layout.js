export const metadata = { title: 'diffae, built by Next' };

export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>;
}
